import Glibc
import PlanCore
import Testing

/// The restarting side: how fast it sees a burst, and how rarely one that is not there.
///
/// It states: where the rate is at the bound, an alarm comes within t batches with a chance of at
/// most t/c, c = 10⁶. A day of looking every 5 s is 17,280 batches: 1.7%. That is too rare to wait
/// for, so it is also measured by importance: bursts are put in at a random batch, and each alarm
/// counts as much less as the burst made it more likely. The likelihood is computed here, from the
/// samples alone, and owes nothing to the test's own statistic.
@Suite struct FalseAlarmTests {
    private static let threshold = 0.001
    private static let reads = 20

    private func test(_ runLength: Double) -> MeanTest {
        // A level that is out of reach: only the restarting side speaks.
        MeanTest(
            mean: .above, than: FalseAlarmTests.threshold, alpha: 1e-300, samples: .trials,
            restarts: true, runLength: runLength)
    }

    private struct Estimate {
        var chance = 0.0
        var error = 0.0

        var most: Double { chance + 4 * error }
        var least: Double { chance - 4 * error }
    }

    /// The chance of an alarm within `batches` at a rate, as it is.
    private func direct(
        rate: Double, _ batches: Int, runLength: Double, runs: Int
    ) -> Estimate {
        var alarms = 0
        for run in 0..<runs {
            var random = Random(run)
            var test = test(runLength)
            for _ in 0..<batches {
                test.add(random.batch(of: FalseAlarmTests.reads, rate: rate))
                if test.isShown {
                    alarms += 1
                    break
                }
            }
        }
        let chance = Double(alarms) / Double(runs)
        return Estimate(
            chance: chance, error: (max(chance, 1 / Double(runs)) / Double(runs)).squareRoot())
    }

    /// The same chance, from runs with a burst of one of the rates `bursts` from a random batch on.
    ///
    /// Under that mixture a path until batch T is more likely by (S + t − T)/t, where S adds up the
    /// likelihood ratios of all bursts that begin by T: Sᵢ = (Sᵢ₋₁ + 1)·Lᵢ, averaged over the rates.
    private func byImportance(
        rate: Double, _ batches: Int, runLength: Double, bursts: [Double], runs: Int
    ) -> Estimate {
        var weights: [Double] = []
        for run in 0..<runs {
            var random = Random(run)
            let burst = bursts[random.below(bursts.count)]
            let begins = random.below(batches)
            var test = test(runLength)
            var sums = bursts.map { _ in 0.0 }
            var weight = 0.0
            for batch in 0..<batches {
                let now = batch < begins ? rate : burst
                let failures = random.failures(of: FalseAlarmTests.reads, rate: now)
                let others = FalseAlarmTests.reads - failures
                for (index, other) in bursts.enumerated() {
                    let likelihood = exp(
                        Double(failures) * log(other / rate)
                            + Double(others) * log((1 - other) / (1 - rate)))
                    sums[index] = (sums[index] + 1) * likelihood
                }
                test.add(SampleCounts(zero: others, plus: failures))
                if test.isShown {
                    let sum = sums.reduce(0, +) / Double(bursts.count)
                    weight = Double(batches) / (sum + Double(batches - batch - 1))
                    break
                }
            }
            weights.append(weight)
        }
        let mean = weights.reduce(0, +) / Double(runs)
        let spread = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(runs - 1)
        return Estimate(chance: mean, error: (spread / Double(runs)).squareRoot())
    }

    private let bursts = [0.002, 0.005, 0.015, 0.05, 0.12]

    @Test func `counting alarms and weighing them agree where both can be done`() {
        let counted = direct(rate: 0.001, 200, runLength: 1_000, runs: 4_000)
        let weighed = byImportance(
            rate: 0.001, 200, runLength: 1_000, bursts: bursts, runs: 1_000)
        #expect(counted.least <= weighed.most, "\(counted) \(weighed)")
        #expect(weighed.least <= counted.most, "\(counted) \(weighed)")
        #expect(counted.chance > 0)
    }

    @Test func `at the bound a day of looks every 5 s gives a false alarm in at most 1,7 percent`()
    {
        let day = 17_280
        let estimate = byImportance(
            rate: 0.001, day, runLength: MeanTest.falseAlarmRunLength, bursts: bursts, runs: 500)
        #expect(estimate.chance > 0)
        #expect(estimate.most <= Double(day) / MeanTest.falseAlarmRunLength, "\(estimate)")
    }

    @Test func `at a tenth of the bound it gives none in ten thousand days`() {
        let estimate = byImportance(
            rate: 0.000_1, 17_280, runLength: MeanTest.falseAlarmRunLength,
            bursts: [0.01, 0.03, 0.1, 0.25], runs: 500)
        #expect(estimate.chance > 0)
        #expect(estimate.most <= 1e-4, "\(estimate)")
    }

    @Test func `a run length that is not kept is found out`() {
        // Half the bound's threshold, said of the bound: the true chance is far above t/c.
        let estimate = byImportance(
            rate: 0.005, 2_000, runLength: 10_000, bursts: [0.005, 0.01, 0.03, 0.1], runs: 200)
        #expect(estimate.least > 0.2, "\(estimate)")
    }

    @Test func `a burst of 5 percent after 100,000 healthy reads is caught within 200 samples`() {
        var caught = 0
        var samples: [Int] = []
        for run in 0..<500 {
            var random = Random(run)
            var test = MeanTest(
                mean: .above, than: 0.001, alpha: 0.05, samples: .trials, restarts: true)
            for _ in 0..<500 { test.add(random.batch(of: 200, rate: 0.000_1)) }
            #expect(!test.isShown)
            for batch in 1...20 {
                test.add(random.batch(of: 10, rate: 0.05))
                if test.isShown {
                    caught += 1
                    samples.append(batch * 10)
                    break
                }
            }
        }
        // 90 in 100 at the least, and half of them within 130.
        #expect(Binomial.atMost(caught, of: 500, 0.9) >= Tally.level, "\(caught)")
        #expect(samples.sorted()[250] <= 130, "\(samples.sorted()[250])")
    }

    @Test func `without restarting a long healthy past hides the burst`() {
        var random = Random(1)
        var test = MeanTest(mean: .above, than: 0.001, alpha: 0.05, samples: .trials)
        for _ in 0..<500 { test.add(random.batch(of: 200, rate: 0.000_1)) }
        test.add(random.batch(of: 200, rate: 0.05))
        #expect(!test.isShown)
    }
}
