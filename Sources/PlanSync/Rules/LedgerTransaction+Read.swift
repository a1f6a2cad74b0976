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
    package func readers(_ keys: [RecordID], share: (RecordID) -> Int) throws -> [RecordID: Side] {
        let route = try route()
        let windows = try windows()
        var sides: [RecordID: Side] = [:]
        for key in keys {
            let inFlux =
                try pendingCount(key) > 0 || isDirty(key) || isRefused(key)
                || windows.contains { $0.range.contains(key) }
            sides[key] = inFlux ? route.authority : route.reader(share: share(key))
        }
        return sides
    }
}
