import Glibc

/// Tails of the binomial distribution, and the order statistics that bound a quantile whatever the
/// distribution (David and Nagaraja, "Order Statistics", 2003, 7.1).
package enum Binomial {
    /// P(Bin(n, p) ≤ k).
    package static func atMost(_ k: Int, of n: Int, _ p: Double) -> Double {
        guard k >= 0 else { return 0 }
        guard k < n else { return 1 }
        // From k away from the mean, where each term is smaller than the one before.
        if Double(k) > Double(n) * p { return 1 - atMost(n - k - 1, of: n, 1 - p) }
        var sum = 0.0
        var term = exp(logMass(k, n, p))
        var count = k
        while count >= 0, term > sum * 1e-17 {
            sum += term
            term *= Double(count) / Double(n - count + 1) * (1 - p) / p
            count -= 1
        }
        return sum
    }

    /// P(Bin(n, p) ≥ k).
    package static func atLeast(_ k: Int, of n: Int, _ p: Double) -> Double {
        atMost(n - k, of: n, 1 - p)
    }

    private static func logMass(_ k: Int, _ n: Int, _ p: Double) -> Double {
        var sign: Int32 = 0
        func factorial(_ value: Int) -> Double { lgamma_r(Double(value) + 1, &sign) }
        return factorial(n) - factorial(k) - factorial(n - k) + Double(k) * log(p)
            + Double(n - k) * log(1 - p)
    }

    /// Ranks, from 1, of the samples below and above which the p-quantile lies, each with a chance
    /// of error of at most α; nil where n samples cannot say.
    ///
    /// X₍ₗ₎ is above the quantile only where fewer than l of n samples are at or below it, which has
    /// a chance of at most P(Bin(n, p) ≤ l − 1); the upper rank in the same way from the other end.
    package static func ranks(
        of p: Double, among n: Int, alpha: Double
    ) -> (low: Int?, high: Int?) {
        let low = largest(n, p, alpha)
        let high = largest(n, 1 - p, alpha)
        return (low > 0 ? low : nil, high > 0 ? n - high + 1 : nil)
    }

    /// The largest l with P(Bin(n, p) ≤ l − 1) ≤ α; 0 where there is none.
    private static func largest(_ n: Int, _ p: Double, _ alpha: Double) -> Int {
        guard n > 0 else { return 0 }
        let mean = Double(n) * p
        let spread = (mean * (1 - p)).squareRoot()
        var count = max(0, Int(mean - 12 * spread - 40))
        var term = exp(logMass(count, n, p))
        var sum = term
        while sum <= alpha, count < n {
            term *= Double(n - count) / Double(count + 1) * p / (1 - p)
            count += 1
            sum += term
        }
        return count
    }
}
