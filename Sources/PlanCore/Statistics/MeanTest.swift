import Glibc

/// Shows that a mean is below or above θ, valid however often it is looked at.
///
/// A betting process, a nonnegative supermartingale under its null (Waudby-Smith and Ramdas,
/// "Estimating means of bounded random variables by betting", 2023):
///
///     to show "mean < θ", against "mean ≥ θ":  Π (1 + λ(θ − xᵢ))
///     to show "mean > θ", against "mean ≤ θ":  Π (1 + λ(xᵢ − θ))
///
/// averaged over a grid of fixed λ. For samples of 0 and 1 a bet λ is a likelihood ratio against one
/// alternative. With fixed bets the product depends on the counts alone, so samples may come in
/// batches whose inner order is not known. By Ville's inequality the chance that the process ever
/// reaches 1/α under its null is at most α.
///
/// One that restarts is also a Shiryaev–Roberts e-detector, Rₜ = (Rₜ₋₁ + 1)·Lₜ, so that a long past
/// does not hide a change. Rₜ − t is a supermartingale, so an alarm at R ≥ c comes within t batches
/// with a chance of at most t/c (Doob), and after c batches on average at the least (Shin, Ramdas
/// and Rinaldo, "E-detectors", 2024).
package struct MeanTest: Hashable, Sendable {
    /// Batches to a false alarm of a restarting test, on average, at the least.
    package static let falseAlarmRunLength = 1e6

    package enum Side: Hashable, Sendable {
        case below, above

        package var other: Side { self == .below ? .above : .below }
    }

    /// What a sample can be.
    package enum Samples: Hashable, Sendable {
        /// 0 or 1.
        case trials
        /// −1, 0 or 1: X = D − N.
        case pairs
        /// Anything from 0 to 1.
        case shares

        var low: Double { self == .pairs ? -1 : 0 }
    }

    /// What it has come to; all but the bets.
    package struct Progress: Hashable, Sendable, Codable {
        /// Logarithms of wealth, one a bet, and the most that their mean ever was.
        fileprivate var wealth: [Double]
        fileprivate var best = -Double.infinity
        /// Logarithms of the restarting statistics, one a bet; none where it does not restart.
        fileprivate var restarting: [Double]
        fileprivate var bestRestarting = -Double.infinity
    }

    package let threshold: Double
    package let side: Side
    package let alpha: Double
    package let runLength: Double
    /// λ, signed by the side.
    private let bets: [Double]
    package private(set) var progress: Progress

    package init(
        mean side: Side, than threshold: Double, alpha: Double, samples: Samples,
        restarts: Bool = false, runLength: Double = MeanTest.falseAlarmRunLength
    ) {
        let θ = min(max(threshold, 1e-9), 1 - 1e-9)
        self.threshold = θ
        self.side = side
        self.alpha = alpha
        self.runLength = runLength
        bets = MeanTest.bets(side, θ, samples)
        progress = Progress(
            wealth: Array(repeating: 0, count: bets.count),
            restarting: restarts ? Array(repeating: -.infinity, count: bets.count) : [])
    }

    private static func bets(_ side: Side, _ θ: Double, _ samples: Samples) -> [Double] {
        if samples == .trials {
            return alternatives(side, θ).map { ($0 - θ) / (θ * (1 - θ)) }
        }
        let most = side == .below ? -1 / (1 - θ) : 1 / (θ - samples.low)
        return [0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.95].map { $0 * most }
    }

    /// Rates to bet on, spaced by odds: towards the nearer end of 0…1 and towards the farther one.
    private static func alternatives(_ side: Side, _ θ: Double) -> [Double] {
        let near = [0, 0.05, 0.125, 0.25, 0.5, 0.75, 0.9]
        let far = [1.25, 1.5, 2, 4, 8, 16, 32, 64, 128].map { 1 / $0 }
        let ratios = (side == .below) == (θ <= 0.5) ? near : far
        return ratios.map { ratio in
            // Below: odds shrink by the ratio; above: those of the complement do.
            let odds = side == .below ? θ / (1 - θ) * ratio : (1 - θ) / θ * ratio
            let share = odds / (1 + odds)
            return side == .below ? share : 1 - share
        }
    }

    package mutating func add(_ batch: SampleCounts) {
        guard batch.total > 0 else { return }
        let samples = batch.values
        for (index, bet) in bets.enumerated() {
            var gain = 0.0
            for (value, count) in samples {
                gain += Double(count) * log(max(1 + bet * (value - threshold), 0))
            }
            progress.wealth[index] += gain
            if !progress.restarting.isEmpty {
                let before = progress.restarting[index]
                progress.restarting[index] = MeanTest.logSum([before, 0]) + gain
            }
        }
        progress.best = max(progress.best, MeanTest.logMean(progress.wealth))
        progress.bestRestarting = max(
            progress.bestRestarting, MeanTest.logMean(progress.restarting))
    }

    /// How many samples more would show it, each as good as can be expected: 0 where the mean is to
    /// be below, 1 where above. nil where a million would not.
    package var samplesToShow: Int? {
        if isShown { return 0 }
        let best = side == .below ? 0.0 : 1.0
        let gains = bets.map { log(max(1 + $0 * (best - threshold), 0)) }
        func shows(_ count: Int) -> Bool {
            let wealth = zip(progress.wealth, gains).map { $0 + Double(count) * $1 }
            return MeanTest.logMean(wealth) >= -log(alpha)
        }
        var (low, high) = (0, 1)
        while !shows(high) {
            guard high < 1_000_000 else { return nil }
            (low, high) = (high, high * 2)
        }
        while high - low > 1 {
            let middle = (low + high) / 2
            if shows(middle) { high = middle } else { low = middle }
        }
        return high
    }

    package var isShown: Bool { progress.best >= -log(alpha) || isAlarmed }

    private var isAlarmed: Bool { progress.bestRestarting >= log(runLength) }

    /// R now, averaged over the bets; 0 where it does not restart.
    package var restartingLevel: Double { exp(MeanTest.logMean(progress.restarting)) }

    /// Goes on with what an equal test came to; false where that was another's.
    package mutating func restore(_ other: Progress) -> Bool {
        guard other.wealth.count == progress.wealth.count,
            other.restarting.count == progress.restarting.count
        else { return false }
        progress = other
        return true
    }

    /// The restarting side goes on from a test of the window before, unless that one was alarmed.
    package mutating func goOn(from other: MeanTest) {
        guard !other.isAlarmed,
            other.progress.restarting.count == progress.restarting.count
        else { return }
        progress.restarting = other.progress.restarting
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
