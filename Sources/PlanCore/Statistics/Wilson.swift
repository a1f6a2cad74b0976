import Glibc

/// Wilson's score interval for a share (Wilson, 1927). For display: it is not valid under
/// continuous looking, and no verdict rests on it.
package enum Wilson {
    package static func interval(
        share: Double, of total: Int, confidence: Double
    ) -> (low: Double, high: Double) {
        guard total > 0 else { return (0, 1) }
        let z = quantile(1 - (1 - confidence) / 2)
        let n = Double(total)
        let p = min(max(share, 0), 1)
        let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return (max(0, middle - half), min(1, middle + half))
    }

    /// The standard normal's quantile, by bisection on `erfc`.
    static func quantile(_ probability: Double) -> Double {
        var low = -10.0
        var high = 10.0
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability {
                low = middle
            } else {
                high = middle
            }
        }
        return (low + high) / 2
    }
}
