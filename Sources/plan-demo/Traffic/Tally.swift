import PlanCore

/// What the application's clients saw together: histories, faults, latencies.
actor Tally {
    private var histories: [Int64: KeyHistory] = [:]
    private(set) var verdicts = Verdicts()
    private(set) var examples: [String] = []
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

    func begin(_ key: Int64, holding version: Int?) {
        histories[key] = KeyHistory(initial: version)
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

    func wrote(_ key: Int64, _ event: WriteEvent) {
        histories[key]?.append(event)
        if event.outcome == .unknown { unknowns += 1 }
    }

    func read(_ event: ReadEvent) {
        if event.isTorn { verdicts.tornRecords += 1 }
        guard let fault = histories[event.key]?.fault(of: event) else { return }
        switch fault {
        case .stale: verdicts.staleReads += 1
        case .phantom: verdicts.phantomValues += 1
        case .resurrected: verdicts.resurrectedDeletes += 1
        }
        if examples.count < 10 { examples.append("key \(event.key) read as \(event): \(fault)") }
    }

    func final(_ key: Int64, holding version: Int?) {
        guard let fault = histories[key]?.finalFault(holding: version) else { return }
        switch fault {
        case .stale: verdicts.lostWrites += 1
        case .phantom: verdicts.phantomValues += 1
        case .resurrected: verdicts.resurrectedDeletes += 1
        }
        if examples.count < 10 {
            examples.append("key \(key) holds \(version.map(String.init) ?? "nothing") at the end")
        }
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
