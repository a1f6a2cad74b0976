/// What the checkers found. All zeros is what a migration must show.
struct Verdicts: Hashable, Sendable {
    var failedRequests = 0
    var staleReads = 0
    var lostWrites = 0
    var resurrectedDeletes = 0
    var tornRecords = 0
    var phantomValues = 0

    var isClean: Bool { self == Verdicts() }

    var lines: [(String, Int)] {
        [
            ("failed requests", failedRequests), ("stale reads by id", staleReads),
            ("lost writes", lostWrites), ("resurrected deletes", resurrectedDeletes),
            ("torn records", tornRecords), ("phantom values", phantomValues),
        ]
    }
}
