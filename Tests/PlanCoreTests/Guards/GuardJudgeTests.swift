import PlanCore
import Testing

/// What one guard's judge says of given data.
@Suite struct GuardJudgeTests {
    private func judge(
        _ metric: Metric, _ comparison: Condition.Comparison, _ value: Double,
        over: Duration? = nil, require: Guard.Requirement? = nil
    ) -> GuardJudge {
        var subject = Guard(.metric(metric), success: Condition(comparison, value))
        subject.over = over
        if let require { subject.require = require }
        return GuardJudge(subject)
    }

    private func latencies(_ milliseconds: Double, _ count: Int64) -> LatencyHistogram {
        var one = LatencyHistogram()
        one.add(.seconds(milliseconds / 1_000))
        var all = LatencyHistogram()
        for (bucket, _) in one.buckets { all.add(bucket: bucket, count) }
        return all
    }

    @Test func `a rate that must be above its bound fails below it and passes above`() {
        var low = judge(Metric(.mirrorDroppedRate), .greater, 0.5, require: .shownGood)
        low.add(.trials(1_000, failures: 10), now: .zero)
        #expect(low.judgement.verdict == .fail)
        var high = judge(Metric(.mirrorDroppedRate), .greater, 0.5, require: .shownGood)
        high.add(.trials(1_000, failures: 990), now: .zero)
        #expect(high.judgement.verdict == .pass)
    }

    @Test func `a paired rate that must be above its bound is judged the right way round`() {
        var none = judge(Metric(.discrepancyRate), .greater, 0.2)
        none.add(.net(.init(zero: 1_000), reclassified: 0), now: .zero)
        #expect(none.judgement.verdict == .fail)
    }

    @Test(arguments: [0.95, 0.96, 0.99, 0.999])
    func `a bound near one can fail`(_ bound: Double) {
        var all = judge(Metric(.readErrorRate, .target), .less, bound)
        all.add(.trials(20_000, failures: 20_000), now: .zero)
        #expect(all.judgement.verdict == .fail)
    }

    @Test func `a bound near one can be shown good`() {
        var few = judge(Metric(.readErrorRate, .target), .less, 0.95, require: .shownGood)
        few.add(.trials(1_000, failures: 500), now: .zero)
        #expect(few.judgement.verdict == .pass)
    }

    @Test func `latencies over a span are those of the latest span, wherever it began`() {
        var judge = judge(Metric(.latencyP99, .target), .less, 100, over: .seconds(60))
        judge.add(.latencies(latencies(10, 1_000)), now: .seconds(0))
        judge.add(.latencies(latencies(500, 1_000)), now: .seconds(50))
        #expect(judge.judgement.verdict == .fail)
        // The bad ones are 15 s old: a window that tumbled at 60 s would have forgotten them.
        judge.add(.latencies(latencies(10, 1_000)), now: .seconds(65))
        #expect(judge.judgement.verdict == .fail)
        #expect(judge.judgement.samples == 2_000)
        judge.add(.latencies(latencies(10, 1_000)), now: .seconds(115))
        #expect(judge.judgement.verdict == .pass)
    }

    @Test func `a number over a span must hold through all of it`() {
        var judge = judge(Metric(.repairBacklog), .less, 10, over: .seconds(60))
        judge.add(.number(50, samples: 1), now: .seconds(50))
        judge.add(.number(1, samples: 1), now: .seconds(70))
        #expect(judge.judgement.verdict == .fail)
        #expect(judge.judgement.value == 50)
        judge.add(.number(1, samples: 1), now: .seconds(115))
        #expect(judge.judgement.verdict == .pass)
    }

    @Test func `a window that has just begun leaves the word to the one before`() {
        var judge = judge(Metric(.readErrorRate, .target), .less, 0.01, over: .seconds(60))
        judge.add(.trials(5_000, failures: 0), now: .zero)
        #expect(judge.judgement.verdict == .pass)
        judge.add(.trials(3, failures: 0), now: .seconds(61))
        #expect(judge.judgement.verdict == .pass)
    }

    @Test func `a window that has just begun and is bad fails all the same`() {
        var judge = judge(Metric(.readErrorRate, .target), .less, 0.01, over: .seconds(60))
        judge.add(.trials(5_000, failures: 0), now: .zero)
        judge.add(.trials(50, failures: 50), now: .seconds(61))
        #expect(judge.judgement.verdict == .fail)
    }

    @Test func `a whole window without data is inconclusive though the one before passed`() {
        var judge = judge(Metric(.readErrorRate, .target), .less, 0.01, over: .seconds(60))
        judge.add(.trials(5_000, failures: 0), now: .zero)
        for second in stride(from: 10, through: 130, by: 10) {
            judge.add(.nothing, now: .seconds(second))
        }
        #expect(judge.judgement.verdict == .inconclusive)
    }

    @Test func `few slow answers do not fail a quantile that they cannot show to be slow`() {
        var judge = judge(Metric(.latencyP99, .target), .less, 100)
        judge.add(.latencies(latencies(10, 98)), now: .zero)
        judge.add(.latencies(latencies(500, 2)), now: .zero)
        #expect(judge.judgement.verdict != .fail)
    }

    @Test func `a quantile that must be shown good waits for enough answers`() {
        var few = judge(Metric(.latencyP99, .target), .less, 100, require: .shownGood)
        few.add(.latencies(latencies(10, 100)), now: .zero)
        #expect(few.judgement.verdict == .inconclusive)
        few.add(.latencies(latencies(10, 900)), now: .seconds(5))
        #expect(few.judgement.verdict == .pass)
    }

    @Test func `judges with other data are not equal`() {
        let empty = judge(Metric(.latencyP99, .target), .less, 100)
        var fed = empty
        fed.add(.latencies(latencies(10, 5)), now: .zero)
        #expect(empty != fed)
        let uncounted = judge(Metric(.repairBacklog), .less, 100)
        var counted = uncounted
        counted.add(.number(3, samples: 1), now: .zero)
        #expect(uncounted != counted)
    }
}
