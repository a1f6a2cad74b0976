/// Judges one guard from the readings it is fed; performs nothing itself.
///
/// Rates are judged by `RateTest`, anytime-valid; latencies and numbers by what they are now. No
/// data is never a pass.
package struct GuardJudge: Hashable, Sendable {
    /// A share of reclassified samples above this says that too much was in flux to judge.
    package static let reclassifiedMax = 0.05

    package let subject: Guard
    private var rate: RateTest?
    private var reclassified = 0
    private var latencies = LatencyHistogram()
    private var otherLatencies = LatencyHistogram()
    private var number: (value: Double, samples: Int)?
    private var lastError: String?
    /// The number of the tumbling window now open, from 1; stays 1 without `over`.
    package private(set) var window = 1
    private var windowBegun: Duration?

    package init(_ subject: Guard) {
        self.subject = subject
        rate = GuardJudge.test(subject, window: nil)
    }

    package static func == (left: GuardJudge, right: GuardJudge) -> Bool {
        left.subject == right.subject && left.rate == right.rate
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(subject) }

    private var condition: Condition? { subject.success ?? subject.failure }

    /// For window j of tumbling windows the level is α·6/(π²j²): together at most α.
    private static func test(_ subject: Guard, window: Int?) -> RateTest? {
        guard subject.measure.family == .rate,
            let bound = (subject.success ?? subject.failure)?.value
        else { return nil }
        var alpha = 1 - subject.confidence
        if let window { alpha *= 6 / (Double.pi * Double.pi * Double(window * window)) }
        let isPaired = subject.measure == .metric(Metric(.discrepancyRate))
        return RateTest(threshold: bound, alpha: alpha, isPaired: isPaired)
    }

    /// `now` on any monotonic clock.
    package mutating func add(_ reading: MetricReading, now: Duration) {
        startWindow(now)
        lastError = nil
        switch reading {
        case .trials(let total, let failures):
            rate?.add(.init(zero: total - failures, plus: failures))
        case .net(let counts, let moved):
            rate?.add(counts)
            reclassified += moved
        case .latencies(let more): latencies.add(more)
        case .latencyPair(let source, let target):
            latencies.add(target)
            otherLatencies.add(source)
        case .number(let value, let samples): number = (value, samples)
        case .nothing: break
        case .error(let why): lastError = why
        }
    }

    private mutating func startWindow(_ now: Duration) {
        guard let over = subject.over else { return }
        let begun = windowBegun ?? now
        windowBegun = begun
        guard now - begun >= over else { return }
        windowBegun = now
        window += 1
        rate = GuardJudge.test(subject, window: window)
        reclassified = 0
        latencies = LatencyHistogram()
        otherLatencies = LatencyHistogram()
    }

    package var judgement: Judgement {
        if let lastError { return Judgement(.inconclusive, reason: lastError) }
        switch subject.measure.family {
        case .rate: return judgeRate()
        case .latency: return judgeLatency()
        case .ratio: return judgeRatio()
        case .quality, .age, .count, .external: return judgeNumber()
        }
    }

    private func judgeRate() -> Judgement {
        guard let rate else { return Judgement(.inconclusive, reason: "no condition") }
        let total = rate.counts.total
        let net = rate.counts.plus - rate.counts.minus
        let interval = Wilson.interval(
            hits: max(net, 0), of: total, confidence: subject.confidence)
        var result = Judgement(
            .inconclusive, value: total > 0 ? Double(net) / Double(total) : nil,
            low: interval.low, high: interval.high, samples: total)
        if total == 0 {
            result.reason = "no data yet"
        } else if Double(reclassified) > GuardJudge.reclassifiedMax * Double(total) {
            result.reason = "\(reclassified) of \(total) samples were in flux"
        } else if rate.isShownBad {
            result.verdict = .fail
        } else if total < subject.minSamples {
            result.reason = "\(total) of \(subject.minSamples) samples"
        } else if rate.isShownGood || subject.require == .notShownBad {
            result.verdict = .pass
        } else {
            result.reason = "not shown yet"
        }
        return result
    }

    private func judgeLatency() -> Judgement {
        let share: Double =
            switch subject.measure {
            case .metric(let metric) where metric.name == .latencyP50: 0.5
            case .metric(let metric) where metric.name == .latencyP95: 0.95
            default: 0.99
            }
        return judge(latencies.quantile(share), samples: Int(latencies.count))
    }

    private func judgeRatio() -> Judgement {
        let ratio: Double? =
            if let target = latencies.quantile(0.99), let source = otherLatencies.quantile(0.99),
                source > 0
            {
                target / source
            } else {
                nil
            }
        return judge(ratio, samples: Int(min(latencies.count, otherLatencies.count)))
    }

    private func judgeNumber() -> Judgement {
        judge(number?.value, samples: number?.samples ?? 0)
    }

    private func judge(_ value: Double?, samples: Int) -> Judgement {
        guard let value, !value.isNaN else {
            return Judgement(.inconclusive, samples: samples, reason: "no data yet")
        }
        var result = Judgement(.inconclusive, value: value, samples: samples)
        if samples < subject.minSamples {
            result.reason = "\(samples) of \(subject.minSamples) samples"
        } else if let failure = subject.failure, failure.holds(value) {
            result.verdict = .fail
        } else if let success = subject.success, !success.holds(value) {
            // With both conditions set, what meets neither says nothing.
            result.verdict = subject.failure == nil ? .fail : .inconclusive
            result.reason = subject.failure == nil ? "" : "meets neither condition"
        } else {
            result.verdict = .pass
        }
        return result
    }
}
