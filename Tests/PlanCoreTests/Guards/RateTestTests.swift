import PlanCore
import Testing

/// The guard's two error rates, held to what it states, under continuous evaluation.
@Suite struct RateTestTests {
    /// SplitMix64 (Steele, Lea, Flood, 2014): the same numbers for the same seed.
    private struct Random {
        var state: UInt64

        mutating func fraction() -> Double {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
        }

        mutating func failures(of trials: Int, rate: Double) -> Int {
            var count = 0
            for _ in 0..<trials where fraction() < rate { count += 1 }
            return count
        }
    }

    private struct Shares {
        var good = 0.0
        var bad = 0.0
    }

    /// How often each verdict is ever reached within `samples`, looked at after every ten.
    private func simulate(
        rate: Double, threshold: Double, samples: Int, runs: Int
    ) -> Shares {
        var shares = Shares()
        for run in 0..<runs {
            var random = Random(state: UInt64(run) &* 7_919 &+ 17)
            var test = RateTest(threshold: threshold, alpha: 0.05, isPaired: false)
            var good = false
            var bad = false
            for _ in 0..<(samples / 10) {
                let failures = random.failures(of: 10, rate: rate)
                test.add(.init(zero: 10 - failures, plus: failures))
                good = good || test.isShownGood
                bad = bad || test.isShownBad
            }
            shares.good += good ? 1 : 0
            shares.bad += bad ? 1 : 0
        }
        shares.good /= Double(runs)
        shares.bad /= Double(runs)
        return shares
    }

    @Test func `a true rate at the threshold passes at most 5 percent of the time`() {
        let shares = simulate(rate: 0.01, threshold: 0.01, samples: 4_000, runs: 600)
        // 5%, and three standard deviations of 600 runs.
        #expect(shares.good <= 0.05 + 0.027)
        #expect(shares.bad <= 0.05 + 0.027)
    }

    @Test func `a healthy rate is shown good and an unhealthy one bad`() {
        let healthy = simulate(rate: 0.002, threshold: 0.01, samples: 4_000, runs: 200)
        #expect(healthy.good > 0.9)
        #expect(healthy.bad <= 0.05)
        let unhealthy = simulate(rate: 0.03, threshold: 0.01, samples: 4_000, runs: 200)
        #expect(unhealthy.bad > 0.95)
        #expect(unhealthy.good <= 0.05)
    }

    /// The baseline, which shows that the simulation can catch a wrong guard.
    @Test func `a plain interval looked at again and again passes far too often`() {
        var passed = 0
        for run in 0..<400 {
            var random = Random(state: UInt64(run) &* 7_919 &+ 17)
            var failures = 0
            var isPassed = false
            for look in 1...400 {
                failures += random.failures(of: 10, rate: 0.01)
                let interval = Wilson.interval(hits: failures, of: look * 10, confidence: 0.90)
                if look >= 10, interval.high < 0.01 { isPassed = true }
            }
            passed += isPassed ? 1 : 0
        }
        #expect(Double(passed) / 400 > 0.15)
    }

    @Test func `a burst of 5 percent after 100,000 healthy reads is caught within 200 samples`() {
        var caught = 0
        for run in 0..<100 {
            var random = Random(state: UInt64(run) &+ 99)
            var test = RateTest(threshold: 0.001, alpha: 0.05, isPaired: false)
            for _ in 0..<100 {
                let failures = random.failures(of: 1_000, rate: 0.000_1)
                test.add(.init(zero: 1_000 - failures, plus: failures))
            }
            #expect(!test.isShownBad)
            for _ in 0..<20 {
                let failures = random.failures(of: 10, rate: 0.05)
                test.add(.init(zero: 10 - failures, plus: failures))
            }
            caught += test.isShownBad ? 1 : 0
        }
        #expect(caught >= 95)
    }

    @Test func `the restarting side keeps its false alarm run length`() {
        // 200 runs of 5,000 batches at the threshold itself: at a run length of 10⁶ batches or more,
        // at most one run in 200 alarms on average; the level-5% side is not counted here.
        var alarms = 0
        for run in 0..<200 {
            var random = Random(state: UInt64(run) &+ 7)
            var test = RateTest(threshold: 0.001, alpha: 1e-12, isPaired: false)
            for _ in 0..<5_000 {
                let failures = random.failures(of: 20, rate: 0.001)
                test.add(.init(zero: 20 - failures, plus: failures))
            }
            alarms += test.isShownBad ? 1 : 0
        }
        #expect(alarms <= 5)
    }

    @Test func `paired noise cancels`() {
        var random = Random(state: 5)
        var test = RateTest(threshold: 0.01, alpha: 0.05, isPaired: true)
        for _ in 0..<20_000 {
            let x = random.fraction()
            if x < 0.1 {
                test.add(.init(plus: 1))
            } else if x < 0.2 {
                test.add(.init(minus: 1))
            } else {
                test.add(.init(zero: 1))
            }
        }
        #expect(!test.isShownBad)
    }
}
