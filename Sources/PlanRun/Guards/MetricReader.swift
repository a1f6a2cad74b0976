import PlanCore
import PlanSync

/// Turns what the gateways wrote into the ledger, and what the stores and the outside say, into
/// readings.
actor MetricReader {
    private let context: RunContext
    /// The newest sequence read of each gateway; what was there before the step began is skipped.
    private var seen: [Int64: Int64] = [:]
    private var hasBegun = false
    /// What came in since a guard last asked, by its place and the observation's metric.
    private var pending: [Int: [String: [[String: Int64]]]] = [:]
    private var fresh: [String: [[String: Int64]]] = [:]
    private var slots: Set<Int> = []

    init(context: RunContext) { self.context = context }

    func collect() async throws {
        let seen = seen
        let new = try await context.ledger.read { try $0.observations(after: seen) }
        for observation in new {
            self.seen[observation.gateway] = max(
                self.seen[observation.gateway] ?? 0, observation.sequence)
            guard hasBegun else { continue }
            for slot in slots {
                pending[slot, default: [:]][observation.metric, default: []].append(
                    observation.counts)
            }
        }
        hasBegun = true
        let done = self.seen
        if !new.isEmpty {
            _ = try await context.ledger.write(.relaxed) { ledger in
                for (gateway, sequence) in done.sorted(by: { $0.key < $1.key }) {
                    try ledger.deleteObservations(gateway: gateway, through: sequence)
                }
            }
        }
    }

    func reading(of subject: Guard, slot: Int) async -> MetricReading {
        slots.insert(slot)
        let news = pending.removeValue(forKey: slot) ?? [:]
        switch subject.measure {
        case .metric(let metric): return await reading(of: metric, news)
        case .command(let arguments): return await command(arguments)
        case .prometheus(let url, let query): return await prometheus(url, query)
        }
    }

    private func reading(
        of metric: Metric, _ news: [String: [[String: Int64]]]
    ) async -> MetricReading {
        let side = (metric.side ?? .target).rawValue
        switch metric.name {
        case .readErrorRate: return trials(news["read.\(side)"])
        case .writeErrorRate: return trials(news["write.\(side)"])
        case .mirrorDroppedRate:
            let all = total(news["mirror"])
            return .trials(Int(all["offered"] ?? 0), failures: Int(all["dropped"] ?? 0))
        case .discrepancyRate:
            let all = total(news["mirror"])
            return .net(
                .init(
                    minus: Int(all["minus"] ?? 0), zero: Int(all["zero"] ?? 0),
                    plus: Int(all["plus"] ?? 0)), reclassified: Int(all["reclassified"] ?? 0))
        case .latencyP50, .latencyP95, .latencyP99:
            return .latencies(LatencyHistogram(counts: total(news["read.\(side)"])))
        case .latencyRatioP99:
            return .latencyPair(
                source: LatencyHistogram(counts: total(news["mirror.source"])),
                target: LatencyHistogram(counts: total(news["mirror.target"])))
        case .overlap:
            let all = total(news["overlap"])
            let samples = Int(all["samples"] ?? 0)
            guard samples > 0 else { return .nothing }
            return .number(Double(all["sum"] ?? 0) / 1e6 / Double(samples), samples: samples)
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
            case .recall, .recallP5: return try await status("recall", metric.name.rawValue, 1e-6)
            default: return try await status("verify", metric.name.rawValue, 1)
            }
        } catch {
            return .error(String(describing: error))
        }
    }

    private func status(
        _ name: String, _ field: String, _ scale: Double
    ) async throws -> MetricReading {
        guard let text = try await context.ledger.read({ try $0.status(name) }) else {
            return .nothing
        }
        let counts = TallyText.counts(text)
        guard let value = counts[field] else { return .nothing }
        let samples = counts["queries"] ?? counts["compared"] ?? 1
        return .number(Double(value) * scale, samples: Int(samples))
    }

    private func trials(_ parts: [[String: Int64]]?) -> MetricReading {
        let all = total(parts)
        return .trials(Int(all["n"] ?? 0), failures: Int(all["failed"] ?? 0))
    }

    private func total(_ parts: [[String: Int64]]?) -> [String: Int64] {
        var sum: [String: Int64] = [:]
        for part in parts ?? [] { sum.merge(part) { $0 + $1 } }
        return sum
    }

    private func command(_ arguments: [String]) async -> MetricReading {
        do {
            let (code, output) = try await context.world.run(arguments, timeout: .seconds(30))
            guard code == 0 else { return .error("'\(arguments.first ?? "")' ended with \(code)") }
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
