import PlanCore
import Testing

/// The guards' error rates, held to what is stated, under continuous looking.
@Suite struct MeanTestTests {
    @Test(arguments: [
        (MeanTest.Side.below, 0.01, MeanTest.Samples.trials), (.below, 0.01, .pairs),
        (.above, 0.9, .shares),
    ])
    func `it says how many good samples more would show it`(
        side: MeanTest.Side, threshold: Double, samples: MeanTest.Samples
    ) throws {
        func good(_ count: Int) -> SampleCounts {
            side == .below ? SampleCounts(zero: count) : SampleCounts(plus: count)
        }
        var test = MeanTest(mean: side, than: threshold, alpha: 0.05, samples: samples)
        test.add(
            SampleCounts(
                zero: side == .below ? 100 : 1, plus: side == .below ? 1 : 10))
        let missing = try #require(test.samplesToShow)
        var almost = test
        almost.add(good(missing - 1))
        #expect(!almost.isShown && almost.samplesToShow == 1)
        test.add(good(missing))
        #expect(test.isShown && test.samplesToShow == 0)
    }

    private struct Outcome {
        var good = Tally()
        var bad = Tally()
    }

    private func tests(
        _ threshold: Double, _ samples: MeanTest.Samples
    ) -> (good: MeanTest, bad: MeanTest) {
        (
            MeanTest(mean: .below, than: threshold, alpha: 0.05, samples: samples),
            MeanTest(
                mean: .above, than: threshold, alpha: 0.05, samples: samples, restarts: true)
        )
    }

    /// How often each is ever shown within `looks`, each at ten samples more.
    private func simulate(
        threshold: Double, _ samples: MeanTest.Samples = .trials, looks: Int, runs: Int,
        _ batch: (inout Random) -> SampleCounts
    ) -> Outcome {
        var outcome = Outcome()
        for run in 0..<runs {
            var random = Random(run)
            var (good, bad) = tests(threshold, samples)
            for _ in 0..<looks {
                let batch = batch(&random)
                good.add(batch)
                bad.add(batch)
            }
            outcome.good.hits += good.isShown ? 1 : 0
            outcome.bad.hits += bad.isShown ? 1 : 0
        }
        return outcome
    }

    /// X = D − N where the source disagrees with itself in `noise` of the reads, and the target with
    /// the source in `net` more.
    private func pairs(_ count: Int, noise: Double, net: Double, _ random: inout Random)
        -> SampleCounts
    {
        var batch = SampleCounts()
        for _ in 0..<count {
            let differs = random.fraction() < noise + net
            let isNoise = random.fraction() < noise
            batch.add((differs ? 1 : 0) * 1_000_000 - (isNoise ? 1_000_000 : 0), 1)
        }
        return batch
    }

    @Test(arguments: [0.001, 0.01, 0.1, 0.5, 0.9])
    func `a true rate at the bound is shown neither way more than 5 percent of the time`(
        _ rate: Double
    ) {
        let outcome = simulate(threshold: rate, looks: 400, runs: Tally.runs) {
            $0.batch(of: 10, rate: rate)
        }
        #expect(outcome.good.mayBe(atMost: 0.05), "\(outcome.good.hits)")
        #expect(outcome.bad.mayBe(atMost: 0.05), "\(outcome.bad.hits)")
    }

    /// What the test above can see: a share of 8% would be found out 99 times in 100.
    @Test func `2,000 runs tell 8 percent from 5`() {
        let refused = (0...Tally.runs).first { !Tally(hits: $0).mayBe(atMost: 0.05) }
        #expect(Binomial.atLeast(refused ?? 0, of: Tally.runs, 0.08) > 0.99)
        #expect(Binomial.atLeast(refused ?? 0, of: Tally.runs, 0.05) < Tally.level)
    }

    /// And it does see the wrong guard.
    @Test func `a plain interval looked at again and again is found out`() {
        var passed = Tally()
        for run in 0..<Tally.runs {
            var random = Random(run)
            var failures = 0
            for look in 1...400 {
                failures += random.failures(of: 10, rate: 0.01)
                let interval = Wilson.interval(
                    share: Double(failures) / Double(look * 10), of: look * 10, confidence: 0.90)
                if look >= 10, interval.high < 0.01 {
                    passed.hits += 1
                    break
                }
            }
        }
        #expect(!passed.mayBe(atMost: 0.15))
    }

    @Test func `power at 1 percent with 4,000 samples`() {
        let healthy = simulate(threshold: 0.01, looks: 400, runs: 500) {
            $0.batch(of: 10, rate: 0.002)
        }
        #expect(healthy.good.hits >= 490, "\(healthy.good.hits)")
        #expect(healthy.bad.mayBe(atMost: 0.01, of: 500), "\(healthy.bad.hits)")
        let unhealthy = simulate(threshold: 0.01, looks: 400, runs: 500) {
            $0.batch(of: 10, rate: 0.03)
        }
        #expect(unhealthy.bad.hits >= 490, "\(unhealthy.bad.hits)")
        #expect(unhealthy.good.mayBe(atMost: 0.01, of: 500), "\(unhealthy.good.hits)")
    }

    @Test func `no failure at all shows less than 1 percent within 1,000 samples`() {
        var test = MeanTest(mean: .below, than: 0.01, alpha: 0.05, samples: .trials)
        test.add(SampleCounts(zero: 1_000))
        #expect(test.isShown)
    }

    @Test func `a net rate at the bound amid noise is shown neither way too often`() {
        let outcome = simulate(threshold: 0.01, .pairs, looks: 200, runs: Tally.runs) {
            pairs(10, noise: 0.1, net: 0.01, &$0)
        }
        #expect(outcome.good.mayBe(atMost: 0.05), "\(outcome.good.hits)")
        #expect(outcome.bad.mayBe(atMost: 0.05), "\(outcome.bad.hits)")
    }

    @Test func `a target as noisy as its source passes, one that is worse fails`() {
        let same = simulate(threshold: 0.05, .pairs, looks: 300, runs: 200) {
            pairs(10, noise: 0.1, net: 0, &$0)
        }
        #expect(same.good.hits >= 190, "\(same.good.hits)")
        #expect(same.bad.mayBe(atMost: 0.05, of: 200), "\(same.bad.hits)")
        let worse = simulate(threshold: 0.05, .pairs, looks: 300, runs: 200) {
            pairs(10, noise: 0.1, net: 0.1, &$0)
        }
        #expect(worse.bad.hits >= 190, "\(worse.bad.hits)")
    }

    /// The baseline of the paired test: the target's discrepancies less the source's noise.
    @Test func `two estimates subtracted are found out`() {
        var passed = Tally()
        for run in 0..<Tally.runs {
            var random = Random(run)
            var differing = 0
            var noisy = 0
            for look in 1...200 {
                differing += random.failures(of: 10, rate: 0.11)
                noisy += random.failures(of: 10, rate: 0.1)
                if look >= 10, differing - noisy <= 0 {
                    passed.hits += 1
                    break
                }
            }
        }
        #expect(!passed.mayBe(atMost: 0.3), "\(passed.hits)")
    }

    @Test func `a mean overlap at the bound is shown neither way too often`() {
        let values = [1_000_000, 1_000_000, 900_000, 900_000, 700_000]
        let outcome = simulate(threshold: 0.9, .shares, looks: 200, runs: Tally.runs) { random in
            var batch = SampleCounts()
            for _ in 0..<10 { batch.add(values[random.below(5)], 1) }
            return batch
        }
        #expect(outcome.good.mayBe(atMost: 0.05), "\(outcome.good.hits)")
        #expect(outcome.bad.mayBe(atMost: 0.05), "\(outcome.bad.hits)")
    }

    @Test func `a mean overlap of 98 percent is shown above 90 within 200 samples`() {
        var test = MeanTest(mean: .above, than: 0.9, alpha: 0.05, samples: .shares)
        var batch = SampleCounts()
        batch.add(1_000_000, 160)
        batch.add(900_000, 40)
        test.add(batch)
        #expect(test.isShown)
    }
}
