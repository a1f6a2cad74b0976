import PlanCore

extension LedgerTransaction {
    /// Neither marked nor being repaired.
    package func areSettled(_ keys: [RecordID]) throws -> Bool {
        for key in keys {
            if try isDirty(key) { return false }
            if try intents(on: key).contains(where: { $0.purpose == .repair }) { return false }
        }
        return true
    }

    /// Which side each key is read from: what is in flux goes to the authority of the *ledger's*
    /// route; the rest by weight, under that same route. The follower has not what it refused.
    ///
    /// Of two stores one of which lags, the other is read: the authority always, the follower when
    /// it has all that the authority has. A key in flux whose authority lags is in `waiting`, with
    /// the side that has it: a read there sees it only when it begins a staleness later.
    package func readers(
        _ keys: [RecordID], share: (RecordID) -> Int, lags: (Side) -> Bool = { _ in false }
    ) throws -> Readers {
        let route = try route()
        let windows = try windows()
        let authorityLags = lags(route.authority)
        let followerLags = route.follower.map(lags) ?? false
        let isComplete = route.weight > 0 || route.authority == .target
        var readers = Readers()
        for key in keys {
            let inFlux =
                try pendingCount(key) > 0 || isDirty(key) || refusal(of: key) != nil
                || windows.contains { $0.range.contains(key) }
            switch (authorityLags, followerLags, route.follower) {
            case (false, true, _): readers.sides[key] = route.authority
            case (true, false, let follower?) where isComplete:
                if inFlux {
                    readers.waiting[key] = route.authority
                } else {
                    readers.sides[key] = follower
                }
            default:
                readers.sides[key] = inFlux ? route.authority : route.reader(share: share(key))
            }
        }
        return readers
    }
}

/// Where keys are to be read.
package struct Readers: Hashable, Sendable {
    package var sides: [RecordID: Side] = [:]
    /// Not now: again in a moment, and after the side's staleness from that side.
    package var waiting: [RecordID: Side] = [:]
}
