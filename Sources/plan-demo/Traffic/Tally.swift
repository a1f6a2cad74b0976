import PlanCore

/// What the application's clients saw together: histories, faults, latencies.
actor Tally {
    private var histories: [Int64: KeyHistory] = [:]
    private var readEvents: [ReadEvent] = []
    private(set) var verdicts = Verdicts()
    private(set) var examples: [String] = []
    /// Answers that were wrong, with what had been written to their keys.
    private(set) var wrong: [String] = []
    private(set) var searches = 0
    private(set) var reads = 0
    private(set) var writes = 0
    private(set) var unknowns = 0
    /// Latencies in seconds by kind, and the longest write of all.
    private var latencies: [String: LatencyHistogram] = [:]
    private(set) var longestWrite = 0.0

    private(set) var isStopped = false

    /// No new requests; those under way end by themselves.
    func stop() { isStopped = true }

    func begin(_ key: Int64, holding version: Int?, lag: Double = 0) {
        histories[key] = KeyHistory(initial: version, lag: lag)
    }

    func note(_ kind: String, seconds: Double) {
        latencies[kind, default: LatencyHistogram()].add(.seconds(seconds))
        switch kind {
        case "search": searches += 1
        case "read": reads += 1
        default:
            writes += 1
            longestWrite = max(longestWrite, seconds)
        }
    }

    func failed(_ what: String) {
        verdicts.failedRequests += 1
        if examples.count < 10 { examples.append(what) }
    }

    func unreadable(_ key: Int64) {
        verdicts.unreadableKeys += 1
        if examples.count < 10 { examples.append("key \(key) cannot be read at the end") }
    }

    func beginWrite(_ key: Int64, _ version: Int?, at invoked: Double) {
        histories[key]?.begin(version, at: invoked)
    }

    func endWrite(_ key: Int64, _ outcome: WriteEvent.Outcome, at ended: Double) {
        histories[key]?.end(outcome, at: ended)
        if outcome == .unknown { unknowns += 1 }
    }

    func read(_ event: ReadEvent) { readEvents.append(event) }

    /// Once nothing is under way: a read is judged against every write, whoever made it.
    func judgeReads() {
        for event in readEvents {
            if event.isTorn { found("torn", event) { $0.tornRecords += 1 } }
            switch histories[event.key]?.fault(of: event) {
            case .stale: found("stale", event) { $0.staleReads += 1 }
            case .phantom: found("phantom", event) { $0.phantomValues += 1 }
            case .resurrected: found("resurrected", event) { $0.resurrectedDeletes += 1 }
            case nil: break
            }
        }
        readEvents = []
    }

    private func found(_ what: String, _ event: ReadEvent, _ count: (inout Verdicts) -> Void) {
        count(&verdicts)
        guard wrong.count < 10 else { return }
        let history = histories[event.key]?.account(of: event.invoked) ?? ""
        wrong.append("key \(event.key) read as \(event): \(what); written: \(history)")
    }

    func final(_ key: Int64, holding version: Int?) {
        guard let fault = histories[key]?.finalFault(holding: version) else { return }
        switch fault {
        case .stale: verdicts.lostWrites += 1
        case .phantom: verdicts.phantomValues += 1
        case .resurrected: verdicts.resurrectedDeletes += 1
        }
        guard wrong.count < 10 else { return }
        let history = histories[key]?.account(of: .infinity) ?? ""
        wrong.append(
            "key \(key) holds \(version.map(String.init) ?? "nothing") at the end; "
                + "written: \(history)")
    }

    var keys: [Int64] { histories.keys.sorted() }

    func quantile(_ kind: String, _ share: Double) -> Double? {
        latencies[kind]?.quantile(share)
    }

    /// Starts latencies afresh: a phase ended.
    func takeLatencies() -> [String: LatencyHistogram] {
        defer { latencies = [:] }
        return latencies
    }
}
