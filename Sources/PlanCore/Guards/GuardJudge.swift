import Glibc

/// Judges one guard from the readings it is fed; performs nothing itself.
///
/// Means (rates, overlap, recall) are judged by `MeanTest`, anytime-valid; quantiles by order
/// statistics, at levels that together keep theirs; numbers by what they are. No data is never a
/// pass.
package struct GuardJudge: Hashable, Sendable {
    /// A share of reclassified samples above this says that too much was in flux to judge.
    package static let reclassifiedMax = 0.05

    struct Number: Hashable, Sendable {
        var value: Double
        var samples: Int
        var time: Duration
    }

    package let subject: Guard
    /// Shows that the guard holds, and that it does not; nil where no mean is judged.
    var good: MeanTest?
    var bad: MeanTest?
    /// What both were fed.
    var samples = SampleCounts()
    var reclassified = 0
    var latencies: SlidingLatencies
    var otherLatencies: SlidingLatencies
    /// Within the span; the latest one where there is none.
    var numbers: [Number] = []
    var lastError: String?
    /// How often there was new data about a quantile.
    var looks = 0
    /// The number of the tumbling window now open, from 1; stays 1 without `over`.
    package internal(set) var window = 1
    var windowBegun: Duration?
    /// What the window before came to.
    var closed: Verdict?

    package init(_ subject: Guard) {
        self.subject = subject
        latencies = SlidingLatencies(span: subject.over)
        otherLatencies = SlidingLatencies(span: subject.over)
        (good, bad) = GuardJudge.tests(subject, window: 1)
    }

    /// Rates and shares are judged in tumbling windows, everything else in sliding ones.
    var tumbles: Bool { subject.over != nil && bad != nil }

    /// `now` on any monotonic clock.
    package mutating func add(_ reading: MetricReading, now: Duration) {
        startWindow(now)
        latencies.forget(now: now)
        otherLatencies.forget(now: now)
        if let over = subject.over { numbers.removeAll { now - $0.time >= over } }
        lastError = nil
        switch reading {
        case .trials(let total, let failures):
            feed(SampleCounts(zero: total - failures, plus: failures))
        case .net(let counts, let moved):
            feed(counts)
            reclassified += moved
        case .shares(let counts): feed(counts)
        case .sample(let counts):
            guard counts != samples else { break }
            (good, bad) = GuardJudge.tests(subject, window: window)
            samples = SampleCounts()
            feed(counts)
            looks += 1
        case .latencies(let more):
            latencies.add(more, now: now)
            if more.count > 0 { looks += 1 }
        case .latencyPair(let source, let target):
            latencies.add(target, now: now)
            otherLatencies.add(source, now: now)
            if source.count + target.count > 0 { looks += 1 }
        case .number(let value, let samples):
            if subject.over == nil { numbers = [] }
            numbers.append(Number(value: value, samples: samples, time: now))
        case .nothing:
            // What was there before is no news of now.
            if subject.over == nil { numbers = [] }
        case .error(let why): lastError = why
        }
    }

    private mutating func feed(_ counts: SampleCounts) {
        samples.add(counts)
        good?.add(counts)
        bad?.add(counts)
    }

    private mutating func startWindow(_ now: Duration) {
        guard tumbles, let over = subject.over else { return }
        let begun = windowBegun ?? now
        windowBegun = begun
        guard now - begun >= over else { return }
        // Where a whole window went by without a reading, nothing is known of it.
        closed = now - begun >= over * 2 ? nil : (lastError == nil ? judgeMean().verdict : nil)
        openWindow(window + 1, now)
    }

    mutating func openWindow(_ number: Int, _ now: Duration) {
        windowBegun = now
        window = number
        let before = bad
        (good, bad) = GuardJudge.tests(subject, window: window)
        if let before { bad?.goOn(from: before) }
        samples = SampleCounts()
        reclassified = 0
    }
}

extension GuardJudge {
    /// For window j of tumbling windows the level is α·6/(π²j²): together at most α.
    static func tests(_ subject: Guard, window: Int) -> (good: MeanTest?, bad: MeanTest?) {
        guard let kind = subject.samples,
            let success = subject.success ?? subject.failure?.opposite,
            let failure = subject.failure ?? subject.success?.opposite,
            let goodSide = success.side, let badSide = failure.side
        else { return (nil, nil) }
        var alpha = 1 - subject.confidence
        if subject.over != nil { alpha *= GuardJudge.shareOfLevel(window) }
        return (
            MeanTest(mean: goodSide, than: success.value, alpha: alpha, samples: kind),
            MeanTest(
                mean: badSide, than: failure.value, alpha: alpha, samples: kind, restarts: true)
        )
    }

    /// 6/(π²j²), which adds up to 1.
    static func shareOfLevel(_ number: Int) -> Double {
        6 / (Double.pi * Double.pi * Double(number) * Double(number))
    }
}

extension Guard {
    /// What a test of its mean is fed; nil where its mean is not tested.
    var samples: MeanTest.Samples? {
        guard case .metric(let metric) = measure,
            [success, failure].compactMap(\.self).allSatisfy({
                $0.side != nil && $0.value > 0 && $0.value < 1
            })
        else { return nil }
        return switch metric.name {
        case .discrepancyRate: .pairs
        case .readErrorRate, .writeErrorRate, .mirrorDroppedRate: .trials
        case .overlap, .recall: .shares
        default: nil
        }
    }
}

extension Condition {
    /// Where the numbers lie that meet it; nil where that is one number or all but one.
    var side: MeanTest.Side? {
        switch comparison {
        case .less, .lessOrEqual: .below
        case .greater, .greaterOrEqual: .above
        case .equal, .notEqual: nil
        }
    }

    var opposite: Condition {
        let other: Comparison =
            switch comparison {
            case .less: .greaterOrEqual
            case .lessOrEqual: .greater
            case .greater: .lessOrEqual
            case .greaterOrEqual: .less
            case .equal: .notEqual
            case .notEqual: .equal
            }
        return Condition(other, value)
    }

    /// Whether every number from `low` to `high` meets it.
    func holdsThroughout(_ low: Double, _ high: Double) -> Bool {
        switch comparison {
        case .less, .lessOrEqual: holds(high)
        case .greater, .greaterOrEqual: holds(low)
        case .equal: low == high && holds(low)
        case .notEqual: value < low || value > high
        }
    }
}
