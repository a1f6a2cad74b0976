import PlanCore

/// Repairs marked keys, for ever. Any number of processes may run one: the ledger gives each key
/// to one at a time.
package actor RepairLoop {
    private let session: Session
    /// Keys that failed lately, and when this process tries them again.
    private var retryAt: [RecordID: Duration] = [:]

    package init(session: Session) { self.session = session }

    package func run() async {
        while !Task.isCancelled {
            var repaired = 0
            do {
                repaired = try await repairOnce()
            } catch is CancellationError {
                return
            } catch {}
            if repaired == 0 {
                do {
                    try await session.time.sleep(for: session.settings.repairPoll)
                } catch { return }
            }
        }
    }

    /// Takes a batch and settles it; how many keys it took.
    package func repairOnce() async throws -> Int {
        let now = session.time.now
        retryAt = retryAt.filter { $0.value > now }
        let remembered = session.flaws.contains(.repairFromMemory) ? session.route.route : nil
        let taken = try await take()
        guard let first = taken.first else { return 0 }
        let authority = remembered?.authority ?? first.intent.authority
        let intents = taken.map(\.intent)
        do {
            let own = try await session.own(among: intents.map(\.key))
            let reconciler = Reconciler(
                environment: session.environment, authority: authority, own: own)
            try await session.environment.waitOut(reconciler.patience)
            let result = try await reconciler.reconcile(
                Tenure(session: session, intents: intents, asked: now))
            await session.environment.crashPoints.reach(.beforeEnd)
            await settle(intents, result, authority, own)
        } catch is Tenure.Lapsed {
            await session.end(intents) { try $0.endDirty(intents, since: $1) }
        } catch let error as StoreError where error.isDefinite {
            await giveBack(taken)
        } catch {
            session.environment.observer.count(.unknownOutcome)
            session.orphans.add(intents, now: session.time.now)
            throw error
        }
        return taken.count
    }

    private func take() async throws -> [(intent: Intent, attempts: Int)] {
        if try await session.ledger.read({ try $0.dirtyCount() }) == 0 { return [] }
        let skipping = Set(retryAt.keys)
        let owner = session.owner.number
        // A round that has to wait takes all it can: the wait is the same for one key and for many.
        let count =
            session.environment.lags
            ? session.settings.patientBatch : session.settings.repairBatch
        let ids = session.identifiers.next(count)
        return try await session.open(intents: ids) { ledger in
            try ledger.takeRepairs(ids: ids, skipping: skipping, owner: owner)
        }
    }

    private func settle(
        _ intents: [Intent], _ result: Reconciler.Result, _ authority: Side, _ own: Set<RecordID>
    ) async {
        let refused = result.refused
        let flaws = session.flaws
        await session.end(intents) { ledger, since in
            try ledger.endClean(intents, since: since, flaws: flaws)
            for intent in intents {
                if let reason = refused[intent.key] {
                    try ledger.refuse(
                        RefusedKey(key: intent.key, side: authority.other, reason: reason))
                } else if !own.contains(intent.key) {
                    try ledger.forgetRefusal(intent.key)
                }
            }
        }
        for _ in refused { session.environment.observer.count(.refused) }
        for _ in result.changed { session.environment.observer.count(.repaired) }
    }

    private func giveBack(_ taken: [(intent: Intent, attempts: Int)]) async {
        for (intent, attempts) in taken {
            let pause = min(
                Duration.milliseconds(50) * (1 << min(attempts, 16)),
                session.settings.repairBackoffMax)
            retryAt[intent.key] = session.time.now + pause
            session.environment.observer.count(.repairFailed)
        }
        await session.end(taken.map(\.intent)) { ledger, since in
            for (intent, attempts) in taken {
                try ledger.returnRepair(intent, attempts: attempts + 1, since: since)
            }
        }
    }
}
