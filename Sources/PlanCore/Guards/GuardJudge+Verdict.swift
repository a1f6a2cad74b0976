import Glibc

extension GuardJudge {
    package var judgement: Judgement {
        if let lastError { return Judgement(.inconclusive, reason: lastError) }
        switch subject.measure.family {
        case .rate: return judgeWindows()
        case .latency, .ratio: return judgeLatency()
        case .quality: return judgeQuality()
        case .age, .count, .external: return judgeNumbers()
        }
    }

    /// While the open window cannot say, a pass of the one before stands.
    private func judgeWindows() -> Judgement {
        var result = judgeMean()
        if tumbles, result.verdict == .inconclusive, closed == .pass,
            Double(reclassified) <= GuardJudge.reclassifiedMax * Double(samples.total)
        {
            result.verdict = .pass
            result.reason = "in the window before"
        }
        return result
    }

    func judgeMean() -> Judgement {
        let interval = Wilson.interval(
            share: max(samples.mean ?? 0, 0), of: samples.total, confidence: subject.confidence)
        var result = Judgement(
            .inconclusive, value: samples.mean, low: interval.low, high: interval.high,
            samples: samples.total)
        if samples.total == 0 {
            result.reason = "no data yet"
        } else if Double(reclassified) > GuardJudge.reclassifiedMax * Double(samples.total) {
            result.reason = "\(reclassified) of \(samples.total) samples were in flux"
        } else {
            decide(
                &result, isGood: good?.isShown ?? false, isBad: bad?.isShown ?? false,
                missing: good?.samplesToShow)
        }
        return result
    }

    /// The three verdicts of what was shown at the guard's level. `missing`: how many samples, all of
    /// them good, would show it.
    private func decide(
        _ result: inout Judgement, isGood: Bool, isBad: Bool, missing: Int? = nil
    ) {
        if isBad {
            result.verdict = .fail
        } else if result.samples < subject.minSamples {
            result.reason = "\(result.samples) of \(subject.minSamples) samples"
        } else if isGood {
            result.verdict = .pass
        } else if subject.require == .shownGood {
            result.reason =
                missing.map { "not shown yet; \($0) more good ones would" } ?? "not shown yet"
        } else if subject.failure != nil, let success = subject.success,
            let value = result.value, !success.holds(value)
        {
            result.reason = "meets neither condition"
        } else {
            result.verdict = .pass
        }
    }

    /// The level of the latest look at a quantile: all levels add up to α, but to show it bad is
    /// never harder than at one look in the run length to a false alarm.
    private var levels: (good: Double, bad: Double) {
        let level = (1 - subject.confidence) * GuardJudge.shareOfLevel(max(looks, 1))
        return (level, max(level, 1 / MeanTest.falseAlarmRunLength))
    }

    private func judgeLatency() -> Judgement {
        let target = latencies.all
        let levels = levels
        let isRatio = subject.measure.family == .ratio
        let source = isRatio ? otherLatencies.all : nil
        let samples = min(target.count, source?.count ?? .max)
        var value = target.quantile(subject.quantile)
        if let source {
            value = value.flatMap { slow in
                source.quantile(subject.quantile).flatMap { $0 > 0 ? slow / $0 : nil }
            }
        }
        return judgeQuantile(value, samples: Int(samples), levels) { alpha in
            guard let source else { return target.bounds(subject.quantile, alpha: alpha) }
            let above = target.bounds(subject.quantile, alpha: alpha / 2)
            let below = source.bounds(subject.quantile, alpha: alpha / 2)
            return (
                below.high > 0 ? above.low / below.high : 0,
                below.low > 0 ? above.high / below.low : .infinity
            )
        }
    }

    private func judgeQuality() -> Judgement {
        if good != nil { return judgeWindows() }
        guard case .metric(let metric) = subject.measure, metric.name == .recallP5 else {
            // Exactly all, or exactly none: what no test can show.
            return judge(samples.mean, samples: samples.total)
        }
        let rank = max(1, Int((0.05 * Double(samples.total)).rounded(.up)))
        return judgeQuantile(samples.value(ofRank: rank), samples: samples.total, levels) { alpha in
            let ranks = Binomial.ranks(of: 0.05, among: samples.total, alpha: alpha)
            return (
                ranks.low.flatMap(samples.value(ofRank:)) ?? 0,
                ranks.high.flatMap(samples.value(ofRank:)) ?? 1
            )
        }
    }

    private func judgeQuantile(
        _ value: Double?, samples: Int, _ levels: (good: Double, bad: Double),
        bounds: (Double) -> (low: Double, high: Double)
    ) -> Judgement {
        guard let value, !value.isNaN else {
            return Judgement(.inconclusive, samples: samples, reason: "no data yet")
        }
        let shown = bounds((1 - subject.confidence) / 2)
        var result = Judgement(.inconclusive, value: value, samples: samples)
        if shown.high.isFinite { (result.low, result.high) = (shown.low, shown.high) }
        guard let success = subject.success ?? subject.failure?.opposite,
            let failure = subject.failure ?? subject.success?.opposite
        else { return result }
        let (low, high) = bounds(levels.bad)
        let (least, most) = bounds(levels.good)
        decide(
            &result, isGood: success.holdsThroughout(least, most),
            isBad: failure.holdsThroughout(low, high))
        return result
    }

    /// A number must hold through all of its span: the worst one speaks.
    private func judgeNumbers() -> Judgement {
        let judged = numbers.map { judge($0.value, samples: $0.samples) }
        return judged.last { $0.verdict == .fail } ?? judged.last { $0.verdict == .inconclusive }
            ?? judged.last ?? Judgement(.inconclusive, reason: "no data yet")
    }

    private func judge(_ value: Double?, samples: Int) -> Judgement {
        guard let value, !value.isNaN else {
            let reason = value == nil ? "no data yet" : "its value is NaN"
            return Judgement(.inconclusive, samples: samples, reason: reason)
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

extension Guard {
    /// Of a latency guard.
    fileprivate var quantile: Double {
        guard case .metric(let metric) = measure else { return 0.99 }
        return switch metric.name {
        case .latencyP50: 0.5
        case .latencyP95: 0.95
        default: 0.99
        }
    }
}
