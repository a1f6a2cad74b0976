import PlanCore

extension LedgerTransaction {
    /// Takes what can be repaired now: marked, no intent open. The direction is the route's, read
    /// here and nowhere else. At most one key for each of `ids`, which the intents get.
    package func takeRepairs(
        ids: [Int64], skipping: Set<RecordID>, owner: Int64
    ) throws -> [(intent: Intent, attempts: Int)] {
        let route = try route()
        guard route.follower != nil else { return [] }
        let windows = try windows()
        var taken: [(intent: Intent, attempts: Int)] = []
        for dirty in try repairableKeys(limit: ids.count + skipping.count) {
            if taken.count == ids.count { break }
            if skipping.contains(dirty.key) { continue }
            guard try clearDirty(dirty.key) else { continue }
            let intent = Intent(
                id: ids[taken.count], key: dirty.key, owner: owner, epoch: route.epoch,
                authority: route.authority, purpose: .repair)
            try insert(intent)
            try touch(dirty.key, in: windows)
            taken.append((intent, dirty.attempts))
        }
        return taken
    }

    /// An intent on each key that nobody is changing, for a look at both sides. Keys with an open
    /// intent or under an open window are left out: ask again later. `ids`: one for each key.
    package func takeChecks(
        _ keys: [RecordID], ids: [Int64], owner: Int64
    ) throws -> (intents: [Intent], wasDirty: Set<RecordID>) {
        let route = try route()
        if route.isHeld { return ([], []) }
        let windows = try windows()
        var intents: [Intent] = []
        var wasDirty: Set<RecordID> = []
        for (key, id) in zip(keys, ids) {
            if windows.contains(where: { $0.range.contains(key) }) { continue }
            if try pendingCount(key) > 0 { continue }
            if try isDirty(key) { wasDirty.insert(key) }
            let intent = Intent(
                id: id, key: key, owner: owner, epoch: route.epoch,
                authority: route.authority, purpose: .check)
            try insert(intent)
            intents.append(intent)
        }
        return (intents, wasDirty)
    }

    /// The repair failed and surely changed nothing: the key stays marked, one attempt older.
    package func returnRepair(_ intent: Intent, attempts: Int, since: Double) throws {
        _ = try deleteIntent(intent.id)
        try markDirty(intent.key, since: since)
        try setAttempts(intent.key, attempts)
    }

    /// Quarantine is over: the outcome stays unknown, so the key is marked.
    package func reclaim(_ lost: [Orphans.LostIntent], since: Double, flaws: ProtocolFlaws) throws {
        try reclaim(lost.map(\.id), since: since, flaws: flaws)
        // Others may have reclaimed it while its owner slept, before the request was sent.
        for intent in lost {
            if let key = intent.key, !flaws.contains(.reclaimUnmarked) {
                try markDirty(key, since: since)
            }
        }
    }

    /// The same of another process's.
    package func reclaim(_ intents: [Int64], since: Double, flaws: ProtocolFlaws) throws {
        for id in intents {
            guard let intent = try intent(id), try deleteIntent(id) else { continue }
            try disown(intent)
            if !flaws.contains(.reclaimUnmarked) { try markDirty(intent.key, since: since) }
        }
    }
}
