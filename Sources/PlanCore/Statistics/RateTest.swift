import Glibc

/// Tests `mean < θ` over samples of −1, 0 or 1, valid however often it is looked at.
///
/// Two betting processes, each a nonnegative supermartingale under its null (Waudby-Smith and
/// Ramdas, "Estimating means of bounded random variables by betting", 2023):
///
///     against "mean ≥ θ":  Π (1 + λ(θ − xᵢ)),   rejecting it is *shown good*
///     against "mean ≤ θ":  Π (1 + λ(xᵢ − θ)),   rejecting it is *shown bad*
///
/// each averaged over a grid of fixed λ. For samples of 0 and 1 a bet λ is a likelihood ratio
/// against one alternative q. With fixed bets the product depends on the counts alone, so samples
/// may come in batches whose inner order is not known. By Ville's inequality the chance that a
/// process ever reaches 1/α under its null is at most α.
///
/// The bad side also restarts: a Shiryaev–Roberts e-detector, Rₜ = (Rₜ₋₁ + 1)·Lₜ, so that a long
/// healthy past does not hide an outage. Alarming at R ≥ c gives an average run length to a false
/// alarm of at least c batches (Shin, Ramdas and Rinaldo, "E-detectors", 2024).
package struct RateTest: Hashable, Sendable {
    /// Batches to a false alarm of the restarting side, on average, at the least.
    package static let falseAlarmRunLength = 1e6

    /// Counts of samples.
    package struct Counts: Hashable, Sendable {
        package var minus: Int
        package var zero: Int
        package var plus: Int

        package init(minus: Int = 0, zero: Int = 0, plus: Int = 0) {
            self.minus = minus
            self.zero = zero
            self.plus = plus
        }

        package var total: Int { minus + zero + plus }
    }

    package let threshold: Double
    package let alpha: Double
    package private(set) var counts = Counts()
    private let goodBets: [Double]
    private let badBets: [Double]
    /// Logarithms of wealth, one a bet.
    private var good: [Double]
    private var bad: [Double]
    /// Logarithms of the detector's statistics.
    private var detectors: [Double]
    /// The most each mixture ever had.
    private var bestGood = -Double.infinity
    private var bestBad = -Double.infinity
    private var bestDetector = -Double.infinity

    /// `isPaired` where samples of −1 occur: then the bad side must bet less.
    package init(threshold: Double, alpha: Double, isPaired: Bool) {
        let θ = min(max(threshold, 1e-9), 1 - 1e-9)
        self.threshold = θ
        self.alpha = alpha
        goodBets = [0, 0.05, 0.125, 0.25, 0.5, 0.75, 0.9].map { (1 - $0) / (1 - θ) }
        if isPaired {
            badBets = [0.02, 0.1, 0.3, 0.6, 0.95].map { $0 / (1 + θ) }
        } else {
            let alternatives = [1.25, 1.5, 2, 4, 8, 16, 32, 64, 128].map { min(θ * $0, 0.95) }
            badBets = Set(alternatives.filter { $0 > θ }).sorted().map { ($0 - θ) / (θ * (1 - θ)) }
        }
        good = Array(repeating: 0, count: goodBets.count)
        bad = Array(repeating: 0, count: badBets.count)
        detectors = Array(repeating: -.infinity, count: badBets.count)
    }

    package mutating func add(_ batch: Counts) {
        guard batch.total > 0 else { return }
        counts.minus += batch.minus
        counts.zero += batch.zero
        counts.plus += batch.plus
        for (index, bet) in goodBets.enumerated() {
            good[index] += RateTest.logWealth(batch) { 1 + bet * (threshold - $0) }
        }
        for (index, bet) in badBets.enumerated() {
            let gain = RateTest.logWealth(batch) { 1 + bet * ($0 - threshold) }
            bad[index] += gain
            detectors[index] = RateTest.logSum([detectors[index], 0]) + gain
        }
        bestGood = max(bestGood, RateTest.logMean(good))
        bestBad = max(bestBad, RateTest.logMean(bad))
        bestDetector = max(bestDetector, RateTest.logMean(detectors))
    }

    package var isShownGood: Bool { bestGood >= -log(alpha) }

    package var isShownBad: Bool {
        bestBad >= -log(alpha) || bestDetector >= log(RateTest.falseAlarmRunLength)
    }

    private static func logWealth(_ batch: Counts, _ factor: (Double) -> Double) -> Double {
        func term(_ count: Int, _ sample: Double) -> Double {
            count == 0 ? 0 : Double(count) * log(max(factor(sample), 0))
        }
        return term(batch.minus, -1) + term(batch.zero, 0) + term(batch.plus, 1)
    }

    private static func logSum(_ values: [Double]) -> Double {
        let most = values.max() ?? -.infinity
        guard most > -.infinity else { return most }
        return most + log(values.reduce(0) { $0 + exp($1 - most) })
    }

    private static func logMean(_ values: [Double]) -> Double {
        logSum(values) - log(Double(max(values.count, 1)))
    }
}
