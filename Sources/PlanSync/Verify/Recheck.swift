import PlanCore

/// A difference seen in passing counts only when it is seen again while nobody else may change
/// the key: under an intent.
struct Recheck: Sendable {
    let session: Session
    let repairs: Bool
    let task: String

    /// How often keys that are being written are looked at again: for some ten seconds in all.
    private var roundsMax: Int { session.environment.lags ? 4 : 32 }

    /// Keys under one look.
    private var batch: Int {
        session.environment.lags ? session.settings.patientBatch : session.settings.repairBatch
    }

    /// Looks again at each key, mends if asked, and tells what stood.
    ///
    /// Keys that are written without a pause can never be looked at alone: in the end they are
    /// marked, and repair makes them equal when it finds a gap.
    func confirm(_ suspects: [RecordID]) async throws -> VerifyTally {
        if repairs, !suspects.isEmpty {
            // Before any intent: one that is left behind ends as a mark, and a mark in a delete.
            let authority = try await session.ledger.read { try $0.route() }.authority
            try await session.confirmFilled(authority, lacking: suspects)
        }
        var tally = VerifyTally()
        var left = suspects
        var rounds = 0
        while !left.isEmpty {
            let (settled, again) = try await confirmOnce(Array(left.prefix(batch)))
            tally += settled
            left = again + left.dropFirst(batch)
            guard !again.isEmpty else { continue }
            rounds += 1
            if rounds > roundsMax {
                try await mark(again)
                tally.unsettled += Int64(again.count)
                left.removeFirst(again.count)
                rounds = 0
                continue
            }
            try await session.time.sleep(for: .milliseconds(min(20 * rounds, 500)))
        }
        return tally
    }

    private func mark(_ keys: [RecordID]) async throws {
        let since = session.time.unixTime
        try await session.ledger.write(.durable) { ledger in
            for key in keys { try ledger.markDirty(key, since: since) }
        }
    }

    private func confirmOnce(_ keys: [RecordID]) async throws -> (VerifyTally, [RecordID]) {
        let owner = session.owner.number
        let ids = session.identifiers.next(keys.count)
        let isBare = session.flaws.contains(.recheckWithoutIntent)
        let (intents, wasDirty) = try await session.open(intents: ids) { ledger in
            let taken = try ledger.takeChecks(keys, ids: ids, owner: owner)
            if isBare { for id in ids { _ = try ledger.deleteIntent(id) } }
            return taken
        }
        let taken = Set(intents.map(\.key))
        let busy = keys.filter { !taken.contains($0) }
        guard let authority = intents.first?.authority else { return (VerifyTally(), busy) }
        do {
            try await session.environment.waitOutStaleness()
            let own = repairs ? try await session.own(among: intents.map(\.key)) : []
            let reconciler = Reconciler(
                environment: session.environment, authority: authority, own: own)
            let found = try await reconciler.differences(intents.map(\.key))
            let mended = repairs ? try await reconciler.apply(found) : Reconciler.Result()
            return try await settle(
                intents, found, mended, wasDirty: wasDirty, authority: authority, busy)
        } catch let error as StoreError where error.isDefinite {
            await session.end(intents) { try $0.endDirty(intents, since: $1) }
            throw error
        } catch {
            session.orphans.add(intents, now: session.time.now)
            throw error
        }
    }

    private func settle(
        _ intents: [Intent], _ found: Reconciler.Differences, _ mended: Reconciler.Result,
        wasDirty: Set<RecordID>, authority: Side, _ busy: [RecordID]
    ) async throws -> (VerifyTally, [RecordID]) {
        let since = session.time.unixTime
        let flaws = session.flaws
        let refused = mended.refused
        let differing = found.keys
        let changed = Set(mended.changed)
        // A key that another write touched meanwhile is marked by now: what was seen of it may
        // have been that write half done.
        let (overlapped, unfit) = try await session.ledger.write(.durable) { ledger in
            var overlapped: Set<RecordID> = []
            for intent in intents {
                let others = try ledger.pendingCount(intent.key) > 1
                let marked = try ledger.isDirty(intent.key) && !wasDirty.contains(intent.key)
                if others || marked { overlapped.insert(intent.key) }
            }
            try ledger.endClean(intents, since: since, flaws: flaws)
            for (key, reason) in refused.sorted(by: { $0.key < $1.key }) {
                try ledger.refuse(
                    RefusedKey(key: key, side: authority.other, reason: reason))
            }
            for key in changed.sorted() { try ledger.forgetRefusal(key) }
            return (overlapped, try Recheck.refused(among: differing, ledger))
        }
        var tally = VerifyTally()
        func count(_ keys: [RecordID], _ field: WritableKeyPath<VerifyTally, Int64>) {
            for key in keys where !overlapped.contains(key) {
                if unfit.contains(key), !changed.contains(key) {
                    tally.refused += 1
                    continue
                }
                if !wasDirty.contains(key) { tally.bypassed += 1 }
                if changed.contains(key) {
                    tally.repaired += 1
                } else {
                    tally[keyPath: field] += 1
                }
            }
        }
        // Directions are named from the source: what the source alone has is missing.
        count(found.missing.map(\.key), authority == .source ? \.missing : \.extra)
        count(found.extra, authority == .source ? \.extra : \.missing)
        count(found.mismatched.map(\.key), \.mismatched)
        return (tally, busy + found.keys.filter(overlapped.contains))
    }

    /// Keys that a store will never take differ for a known reason: nobody wrote past the gateway.
    private static func refused(
        among keys: [RecordID], _ ledger: any LedgerTransaction
    ) throws -> Set<RecordID> {
        guard !keys.isEmpty else { return [] }
        let count = try ledger.refusedCount()
        guard count > 0 else { return [] }
        return Set(try ledger.refusedKeys(limit: count).map(\.key)).intersection(keys)
    }
}
