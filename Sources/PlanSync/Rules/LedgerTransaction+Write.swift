import PlanCore

/// What the ledger answers a writer.
package enum BeginAnswer: Hashable, Sendable {
    /// Go on; one intent a key, in the keys' order.
    case begun(Route, [Intent])
    /// Nothing follows: write to the authority alone.
    case single(Route)
    /// Wait: authority is moving.
    case held(Route)
}

extension LedgerTransaction {
    /// Intent first: durable before any store call. `keys` are distinct; `ids` one for each. The
    /// route is read here; `own`, the caller's idea of it, counts for nothing.
    package func begin(
        _ keys: [RecordID], ids: [Int64], owner: Int64, since: Double,
        purpose: Intent.Purpose = .write, own: Route? = nil, flaws: ProtocolFlaws
    ) throws -> BeginAnswer {
        let route =
            flaws.contains(.epochOutsideTransaction) ? try own ?? self.route() : try self.route()
        if route.isHeld { return .held(route) }
        guard route.follower != nil else { return .single(route) }
        let windows = try windows()
        var intents: [Intent] = []
        intents.reserveCapacity(keys.count)
        for (key, id) in zip(keys, ids) {
            if !flaws.contains(.overlapUnmarked), try pendingCount(key) > 0 {
                try markDirty(key, since: since)
            }
            let intent = Intent(
                id: id, key: key, owner: owner, epoch: route.epoch, authority: route.authority,
                purpose: purpose)
            try insert(intent)
            try touch(key, in: windows)
            intents.append(intent)
        }
        return .begun(route, intents)
    }

    package func touch(_ key: RecordID, in windows: [Window]) throws {
        for window in windows where window.range.contains(key) {
            try touch(key, window: window.id)
        }
    }

    /// Both legs known good. An intent that is gone was reclaimed while its owner slept: what it
    /// wrote late may have overlapped anything, so its key is marked. `absent`: keys of an update
    /// that the authority does not have, and so did not change.
    package func endClean(
        _ intents: [Intent], absent: Set<RecordID> = [], since: Double, flaws: ProtocolFlaws
    ) throws {
        for intent in intents {
            if try !deleteIntent(intent.id) {
                if !flaws.contains(.wakeUnmarked) { try markDirty(intent.key, since: since) }
            } else if flaws.contains(.clearMarkOnCompletion) {
                _ = try clearDirty(intent.key)
            }
            if !absent.contains(intent.key) { try disown(intent) }
        }
    }

    /// The authority has it, the follower surely not (or not known to have it all).
    package func endDirty(
        _ intents: [Intent], absent: Set<RecordID> = [], since: Double
    ) throws {
        for intent in intents {
            _ = try deleteIntent(intent.id)
            try markDirty(intent.key, since: since)
            if !absent.contains(intent.key) { try disown(intent) }
        }
    }

    /// Nothing was sent, or surely nothing was applied: the stores are as they were.
    package func endUntouched(_ intents: [Intent], since: Double) throws {
        for intent in intents where try !deleteIntent(intent.id) {
            try markDirty(intent.key, since: since)
        }
    }
}
