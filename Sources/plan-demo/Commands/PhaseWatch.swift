import PlanCore

/// Follows the run through the gateway's status page: what it is at, and when it has ended.
actor PhaseWatch {
    enum Phase: String, Sendable, CaseIterable {
        case before, during, after
    }

    private let admin: GatewayClient
    private let tally: Tally
    private let endings: Set<String>
    private(set) var latencies: [Phase: [String: LatencyHistogram]] = [:]
    private(set) var outcome = "not_begun"
    private(set) var status: JSONValue = .null
    private var isDone = false
    private var line = ""

    /// `endings` are the outcomes after which nothing more is to come.
    init(admin: GatewayClient, tally: Tally, endings: Set<String>) {
        self.admin = admin
        self.endings = endings
        self.tally = tally
    }

    func wait() async {
        while !isDone { try? await Task.sleep(for: .milliseconds(100)) }
    }

    func run(limit: Double) async {
        let begun = Client.now()
        var endedAt: Double?
        while Client.now() - begun < limit, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(500))
            guard case .ok(let body) = await admin.send("GET", "/status", nil) else { continue }
            status = body
            let phase = phase(body)
            for (kind, histogram) in await tally.takeLatencies() {
                latencies[phase, default: [:]][kind, default: LatencyHistogram()].add(histogram)
            }
            outcome = body["outcome"]?.text ?? outcome
            await say(body, seconds: Client.now() - begun)
            if endings.contains(outcome) {
                // A while longer: what comes after counts too.
                endedAt = endedAt ?? Client.now()
                if let endedAt, Client.now() - endedAt > 4 { break }
            } else {
                endedAt = nil
            }
        }
        isDone = true
    }

    private func phase(_ body: JSONValue) -> Phase {
        if body["outcome"]?.text == "not_begun" { return .before }
        return body["route"]?["authority"]?.text == "target" ? .after : .during
    }

    private func say(_ body: JSONValue, seconds: Double) async {
        let step = body["steps"]?.items.first { $0["state"]?.text == "running" }
        let name = step?["name"]?.text ?? outcome
        guard name != line else { return }
        line = name
        let verdicts = await tally.verdicts
        let clock = String(Int(seconds))
        print(
            "  \(clock) s  \(name)  ·  \(await tally.searches) searches, \(await tally.reads) reads, "
                + "\(await tally.writes) writes, \(verdicts.failedRequests) failed")
    }

    /// A note of a step, such as `write_pause_ms`.
    func note(_ name: String) -> String? {
        status["steps"]?.items.lazy.compactMap { $0["notes"]?[name]?.text }.first
    }
}
