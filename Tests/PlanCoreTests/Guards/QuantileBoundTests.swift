import PlanCore
import Testing

@Suite struct QuantileBoundTests {
    @Test func `tails add up to what counting gives`() {
        // 5 throws of a fair coin: 1 5 10 10 5 1 of 32.
        #expect(abs(Binomial.atMost(1, of: 5, 0.5) - 6.0 / 32) < 1e-12)
        #expect(abs(Binomial.atLeast(4, of: 5, 0.5) - 6.0 / 32) < 1e-12)
        #expect(abs(Binomial.atMost(500_000, of: 1_000_000, 0.5) - 0.5) < 1e-3)
        #expect(abs(Binomial.atLeast(3_100, of: 3_000_000, 0.001) - 0.0349) < 1e-3)
    }

    @Test(arguments: [0.05, 0.5, 0.95, 0.99], [30, 500, 20_000])
    func `ranks are the tightest that keep their level`(_ share: Double, _ count: Int) {
        for alpha in [0.025, 1e-6] {
            let ranks = Binomial.ranks(of: share, among: count, alpha: alpha)
            if let low = ranks.low {
                #expect(Binomial.atMost(low - 1, of: count, share) <= alpha)
                #expect(Binomial.atMost(low, of: count, share) > alpha)
            } else {
                #expect(Binomial.atMost(0, of: count, share) > alpha)
            }
            if let high = ranks.high {
                #expect(Binomial.atLeast(high, of: count, share) <= alpha)
                #expect(Binomial.atLeast(high - 1, of: count, share) > alpha)
            } else {
                #expect(Binomial.atLeast(count, of: count, share) > alpha)
            }
        }
    }

    @Test func `too few latencies bound no quantile from above`() {
        var few = LatencyHistogram()
        few.add(bucket: 100, 50)
        #expect(few.bounds(0.99, alpha: 0.05).high == .infinity)
        #expect(few.bounds(0.5, alpha: 0.05).high < .infinity)
    }

    /// Latencies whose 95% quantile lies just below the bound, or at it, looked at every 50 of them.
    private func simulate(_ success: Condition, slow: Double, over: Duration?) -> (
        pass: Tally, fail: Tally
    ) {
        var subject = Guard(.metric(Metric(.latencyP95, .target)), success: success)
        subject.require = .shownGood
        subject.over = over
        var pass = Tally()
        var fail = Tally()
        for run in 0..<Tally.runs {
            var random = Random(run)
            var judge = GuardJudge(subject)
            var passed = false
            var failed = false
            for look in 0..<40 {
                let slowOnes = random.failures(of: 50, rate: slow)
                var batch = LatencyHistogram()
                // Bucket 212 ends at 10.2 ms; bucket 280 begins at 185 ms.
                batch.add(bucket: 212, Int64(50 - slowOnes))
                if slowOnes > 0 { batch.add(bucket: 280, Int64(slowOnes)) }
                judge.add(.latencies(batch), now: .seconds(look * 5))
                passed = passed || judge.judgement.verdict == .pass
                failed = failed || judge.judgement.verdict == .fail
            }
            pass.hits += passed ? 1 : 0
            fail.hits += failed ? 1 : 0
        }
        return (pass, fail)
    }

    @Test(arguments: [Duration?.none, .seconds(60)])
    func `a quantile at its bound passes and fails at most 5 percent of the time`(
        _ over: Duration?
    ) {
        let outcome = simulate(Condition(.less, 100), slow: 0.05, over: over)
        #expect(outcome.pass.mayBe(atMost: 0.05), "\(outcome.pass.hits)")
        #expect(outcome.fail.mayBe(atMost: 0.05), "\(outcome.fail.hits)")
    }

    @Test func `a quantile well off its bound is shown so`() {
        let good = simulate(Condition(.less, 100), slow: 0.01, over: nil)
        #expect(good.pass.hits > 1_900, "\(good.pass.hits)")
        let bad = simulate(Condition(.less, 100), slow: 0.12, over: nil)
        #expect(bad.fail.hits > 1_900, "\(bad.fail.hits)")
    }
}
