/// What the checkers found. All zeros is what a migration must show.
struct Verdicts: Hashable, Sendable {
    var failedRequests = 0
    var staleReads = 0
    var lostWrites = 0
    var resurrectedDeletes = 0
    var tornRecords = 0
    var phantomValues = 0
    /// Keys that could not be read once all was over.
    var unreadableKeys = 0

    /// Where gateways and stores are made to fail, requests may fail: nothing else may.
    func isClean(allowingFailures: Bool) -> Bool {
        var others = self
        if allowingFailures { others.failedRequests = 0 }
        return others == Verdicts()
    }

    var lines: [(String, Int)] {
        [
            ("failed requests", failedRequests), ("stale reads by id", staleReads),
            ("lost writes", lostWrites), ("resurrected deletes", resurrectedDeletes),
            ("torn records", tornRecords), ("phantom values", phantomValues),
            ("keys unreadable at the end", unreadableKeys),
        ]
    }
}
