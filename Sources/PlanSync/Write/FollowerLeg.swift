import PlanCore

/// The second half of a dual write, after the authority has it.
struct FollowerLeg: Sendable {
    let session: Session
    let route: Route
    let tenure: Tenure
    /// What a partial update made of its records on the authority, where that is known.
    let made: [RecordID: Record]?
    /// Keys of an update that the authority does not have.
    let absent: Set<RecordID>
    private var intents: [Intent] { tenure.intents }

    init(session: Session, route: Route, tenure: Tenure, sent: WriteOperation.Sent) {
        self.session = session
        self.route = route
        self.tenure = tenure
        made = sent.made
        absent = Set(sent.missing)
    }

    /// True where both sides are known to hold the write and nothing else touched its keys: then a
    /// search on either side shows it. False where a repair is to come.
    func run(_ operation: WriteOperation) async -> Bool {
        guard let follower = route.follower else { return true }
        let environment = session.environment
        await environment.crashPoints.reach(.clientAcknowledged)
        let flaws = session.flaws
        await environment.crashPoints.reach(.followerSent)
        let bytes = operation.weight
        guard !waits(operation), session.followerLoad.enter(session.settings, bytes: bytes) else {
            await endDirty()
            return false
        }
        let begun = session.time.now
        defer { session.followerLoad.leave(after: session.time.now - begun, bytes: bytes) }
        do {
            try await tenure.check()
            let isTaken = try await send(operation, to: follower)
            await environment.crashPoints.reach(.beforeEnd)
            guard isTaken else {
                // The repair tries again, and writes down why the follower will not have it.
                await endDirty()
                return false
            }
            return await session.end(intents) { [intents, absent] ledger, since in
                try ledger.endClean(intents, absent: absent, since: since, flaws: flaws)
                return try intents.allSatisfy { try !ledger.isDirty($0.key) }
            } ?? false
        } catch is Tenure.Lapsed {
            // The follower may be the authority by now, and hold newer writes.
            await endDirty()
            return false
        } catch let error as StoreError where error.isDefinite {
            await endDirty()
            if flaws.contains(.failureReplayed) { replay(operation, to: follower) }
            return false
        } catch {
            environment.observer.count(.unknownOutcome)
            session.orphans.add(intents, now: session.time.now)
            return false
        }
    }

    private func endDirty() async {
        await session.end(intents) { [intents, absent] ledger, since in
            try ledger.endDirty(intents, absent: absent, since: since)
        }
    }

    /// The outbox that everybody builds first, and that is wrong: see `ProtocolFlaws`.
    private func replay(_ operation: WriteOperation, to follower: Side) {
        let environment = session.environment
        session.jobs.submit {
            try? await environment.time.sleep(for: .milliseconds(200))
            _ = try? await environment.observed(operation.kind, on: follower) { store in
                try await operation.send(to: store, side: follower, mapping: environment.mapping)
            }
        }
    }

    /// Where what an update made can be read only after a while, its keys are left to the repair:
    /// that waits once for many, and this would hold each key for as long.
    private func waits(_ operation: WriteOperation) -> Bool {
        switch operation {
        case .update, .forwarded: break
        case .upsert, .delete: return false
        }
        let reconciler = reconciler()
        return session.environment.waits(
            made == nil ? reconciler.patience : reconciler.patienceToFollow)
    }

    private func reconciler(own: Set<RecordID> = []) -> Reconciler {
        Reconciler(environment: session.environment, authority: route.authority, own: own)
    }

    /// Whole records and deletes by id travel as they are. A partial update is never replayed: the
    /// authority's state is copied, under the intents that are open anyway. Where the authority
    /// changes no parts, that state is a whole record which is known, and travels as any other.
    ///
    /// - Returns: false where the follower refuses what was made of a key.
    private func send(_ operation: WriteOperation, to follower: Side) async throws -> Bool {
        let environment = session.environment
        switch operation {
        case .upsert, .delete:
            _ = try await environment.observed(operation.kind, on: follower) { store in
                try await operation.send(to: store, side: follower, mapping: environment.mapping)
            }
            return true
        case .update, .forwarded:
            let own = try await session.own(among: absent.sorted())
            let reconciler = reconciler(own: own)
            return try await environment.observed(.update, on: follower) { _ in
                guard let made else { return try await reconciler.reconcile(tenure) }
                return try await reconciler.follow(tenure, leading: made)
            }.refused.isEmpty
        }
    }
}

extension Session {
    /// `LedgerTransaction.own`, of keys that the caller has intents on.
    func own(among keys: [RecordID]) async throws -> Set<RecordID> {
        keys.isEmpty ? [] : try await ledger.read { try $0.own(among: keys) }
    }

    /// Waits until the keys are neither marked nor being repaired; at the latest until `limit`.
    func awaitSettled(_ keys: [RecordID], until limit: Duration) async {
        while time.now < limit {
            do {
                if try await ledger.read({ try $0.areSettled(keys) }) { return }
                try await time.sleep(for: .milliseconds(5))
            } catch { return }
        }
    }

    /// Marks keys that were written to without an intent, on a side that may not be the authority.
    /// Where nothing follows nothing can be repaired; where the ledger does not answer, later.
    func mark(_ keys: [RecordID]) async {
        let since = time.unixTime
        do {
            try await ledger.write(.durable) { ledger in
                guard try ledger.route().follower != nil else { return }
                for key in keys { try ledger.markDirty(key, since: since) }
            }
        } catch {
            orphans.add(late: keys, self)
        }
    }

    /// Ends intents; where the ledger does not answer they stay, and are reclaimed.
    @discardableResult
    func end<Value: Sendable>(
        _ intents: [Intent],
        _ body: @escaping @Sendable (any LedgerTransaction, Double) throws -> Value
    ) async -> Value? {
        guard !intents.isEmpty else { return nil }
        let since = time.unixTime
        do {
            return try await ledger.write(.relaxed) { try body($0, since) }
        } catch {
            orphans.add(intents, now: time.now)
            return nil
        }
    }
}
