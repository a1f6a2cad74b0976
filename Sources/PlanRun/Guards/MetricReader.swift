import PlanCore
import PlanSync

/// Turns what the gateways wrote into the ledger, and what the stores and the outside say, into
/// readings.
actor MetricReader {
    /// What came in since a guard last asked, by its place and the observation's metric.
    typealias Pending = [Int: [String: [String: Int64]]]

    private let context: RunContext
    private let guards: [Guard]
    private let comparesMirrored: Bool
    /// The newest sequence read of each gateway; what was there before the step began is skipped.
    private var seen: [Int64: Int64] = [:]
    private var hasBegun: Bool
    private(set) var pending: Pending

    /// - Parameter pending: nil for a step that begins; for one that goes on, what no guard had asked
    ///   for yet. What gateways saw while nobody watched is then read too, except for guards that
    ///   look at a span of time: nobody knows when it was.
    init(context: RunContext, step: Int, guards: [Guard], pending: Pending?) {
        self.context = context
        self.guards = guards
        // Only the mirror asks both sides the same; where reads move by weight, each has its own.
        comparesMirrored = context.plan.steps[step].kind.word == .mirror
        hasBegun = pending != nil
        self.pending = (pending ?? [:]).filter {
            guards.indices.contains($0.key) && guards[$0.key].over == nil
        }
        isCatchingUp = pending != nil
    }

    private var isCatchingUp: Bool

    /// Reads what is new, and takes it out of the ledger in the transaction that writes down what
    /// `snapshot` makes of it: whoever goes on finds a sample in the one place or in the other.
    func collect(_ snapshot: @Sendable (Pending) throws -> (name: String, text: String))
        async throws
    {
        let seen = seen
        let new = try await context.ledger.read { try $0.observations(after: seen) }
        for observation in new {
            self.seen[observation.gateway] = max(
                self.seen[observation.gateway] ?? 0, observation.sequence)
            guard hasBegun else { continue }
            for slot in guards.indices where guards[slot].over == nil || !isCatchingUp {
                pending[slot, default: [:]][observation.metric, default: [:]].merge(
                    observation.counts
                ) { $0 + $1 }
            }
        }
        hasBegun = true
        isCatchingUp = false
        guard !new.isEmpty else { return }
        let done = self.seen
        let saved = try snapshot(pending)
        _ = try await context.ledger.write(.relaxed) { ledger in
            for (gateway, sequence) in done.sorted(by: { $0.key < $1.key }) {
                try ledger.deleteObservations(gateway: gateway, through: sequence)
            }
            try ledger.setStatus(saved.name, saved.text)
        }
    }

    /// What came in for a guard that does not want it yet.
    func discard(slot: Int) { pending[slot] = nil }

    func reading(of subject: Guard, slot: Int) async -> MetricReading {
        let news = pending.removeValue(forKey: slot) ?? [:]
        switch subject.measure {
        case .metric(let metric): return await reading(of: metric, news)
        case .command(let arguments): return await command(arguments)
        case .prometheus(let url, let query): return await prometheus(url, query)
        }
    }

    private func reading(
        of metric: Metric, _ news: [String: [String: Int64]]
    ) async -> MetricReading {
        let side = (metric.side ?? .target).rawValue
        func latencies(_ name: String) -> LatencyHistogram {
            LatencyHistogram(counts: news[name] ?? [:])
        }
        switch metric.name {
        case .readErrorRate: return trials(news["read.\(side)"])
        case .writeErrorRate: return trials(news["write.\(side)"])
        case .mirrorDroppedRate:
            let all = news["mirror"] ?? [:]
            return .trials(Int(all["offered"] ?? 0), failures: Int(all["dropped"] ?? 0))
        case .discrepancyRate:
            let all = news["mirror"] ?? [:]
            return .net(
                SampleCounts(
                    minus: Int(all["minus"] ?? 0), zero: Int(all["zero"] ?? 0),
                    plus: Int(all["plus"] ?? 0)), reclassified: Int(all["reclassified"] ?? 0))
        case .latencyP50, .latencyP95, .latencyP99: return .latencies(latencies("read.\(side)"))
        case .latencyRatioP99:
            let kind = comparesMirrored ? "mirror" : "read"
            return .latencyPair(
                source: latencies("\(kind).source"), target: latencies("\(kind).target"))
        case .overlap: return .shares(SampleCounts(counts: news["overlap"] ?? [:]))
        default: return await fromLedger(metric)
        }
    }

    private func fromLedger(_ metric: Metric) async -> MetricReading {
        do {
            switch metric.name {
            case .repairBacklog:
                return .number(
                    Double(try await context.ledger.read { try $0.dirtyCount() }), samples: 1)
            case .repairAge:
                let oldest = try await context.ledger.read { try $0.oldestDirty() }
                let age = oldest.map { max(0, context.time.unixTime - $0.since) } ?? 0
                return .number(age, samples: 1)
            case .refused:
                return .number(
                    Double(try await context.ledger.read { try $0.refusedCount() }), samples: 1)
            case .count:
                let side = metric.side ?? .target
                return .number(
                    Double(try await context.environment.store(side).count()), samples: 1)
            case .countDifference:
                let source = try await context.environment.source.count()
                let target = try await context.environment.target.count()
                return .number(Double(abs(source - target)), samples: 1)
            case .recall, .recallP5:
                let text = try await context.ledger.read { try $0.status("recall") }
                return text.map { .sample(SampleCounts(counts: TallyText.counts($0))) } ?? .nothing
            default: return try await verified(metric.name.rawValue)
            }
        } catch {
            return .error(String(describing: error))
        }
    }

    private func verified(_ field: String) async throws -> MetricReading {
        guard let text = try await context.ledger.read({ try $0.status("verify") }) else {
            return .nothing
        }
        let counts = TallyText.counts(text)
        guard let value = counts[field] else { return .nothing }
        return .number(Double(value), samples: Int(counts["compared"] ?? 1))
    }

    private func trials(_ counts: [String: Int64]?) -> MetricReading {
        .trials(Int(counts?["n"] ?? 0), failures: Int(counts?["failed"] ?? 0))
    }

    private func command(_ arguments: [String]) async -> MetricReading {
        do {
            let (code, output) = try await context.world.run(arguments, timeout: .seconds(30))
            guard code == 0 else {
                let words = output.split(whereSeparator: \.isNewline).last ?? ""
                let tail = words.isEmpty ? "" : ": \(words.prefix(200))"
                return .error("'\(arguments.first ?? "")' ended with \(code)\(tail)")
            }
            return number(output, from: "'\(arguments.first ?? "")'")
        } catch {
            return .error(String(describing: error))
        }
    }

    private func prometheus(_ url: ValueReference, _ query: String) async -> MetricReading {
        do {
            let base = try url.resolve(
                environment: context.world.environment, read: context.world.read)
            let escaped = query.utf8.map { byte -> String in
                let isPlain =
                    (48...57).contains(byte) || (65...90).contains(byte)
                    || (97...122).contains(byte)
                let digits = String(byte, radix: 16, uppercase: true)
                return isPlain
                    ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
            }.joined()
            let (status, body) = try await context.world.call(
                method: "GET", url: "\(base)/api/v1/query?query=\(escaped)", body: nil,
                timeout: .seconds(10))
            guard status == 200 else { return .error("prometheus answered \(status)") }
            return PrometheusAnswer.number(body)
        } catch {
            return .error(String(describing: error))
        }
    }

    private func number(_ text: String, from who: String) -> MetricReading {
        let word = text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        guard let value = Double(word) else { return .error("\(who) printed no number") }
        return .number(value, samples: 1)
    }
}
