import Glibc

/// Latencies in fixed log-linear buckets, 16 to each doubling: a quantile is right within 5%.
/// Histograms of several gateways add up.
package struct LatencyHistogram: Hashable, Sendable {
    private static let perDoubling = 16.0
    /// Bucket number → count. Bucket b covers 2^(b/16) … 2^((b+1)/16) microseconds.
    package private(set) var buckets: [Int: Int64] = [:]
    package private(set) var count: Int64 = 0

    package init() {}

    package mutating func add(_ latency: Duration) {
        let microseconds = max(latency.seconds * 1e6, 1)
        add(bucket: Int(log2(microseconds) * Self.perDoubling), 1)
    }

    package mutating func add(bucket: Int, _ more: Int64) {
        buckets[bucket, default: 0] += more
        count += more
    }

    package mutating func add(_ other: LatencyHistogram) {
        for (bucket, more) in other.buckets { add(bucket: bucket, more) }
    }

    /// In milliseconds; nil where nothing was measured. The bucket's upper end.
    package func quantile(_ share: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = Int64((share * Double(count)).rounded(.up)).clamped(1, count)
        return bucket(ofRank: Int(rank)).map { LatencyHistogram.milliseconds($0 + 1) }
    }

    /// Between what the quantile lies, in milliseconds, each end with a chance of error of at most α
    /// whatever the distribution; 0 and infinity where too little was measured.
    package func bounds(_ share: Double, alpha: Double) -> (low: Double, high: Double) {
        let ranks = Binomial.ranks(of: share, among: Int(count), alpha: alpha)
        let low = ranks.low.flatMap(bucket(ofRank:)).map { LatencyHistogram.milliseconds($0) }
        let high = ranks.high.flatMap(bucket(ofRank:)).map { LatencyHistogram.milliseconds($0 + 1) }
        return (low ?? 0, high ?? .infinity)
    }

    private func bucket(ofRank rank: Int) -> Int? {
        var seen: Int64 = 0
        for (bucket, more) in buckets.sorted(by: { $0.key < $1.key }) {
            seen += more
            if seen >= rank { return bucket }
        }
        return nil
    }

    /// The lower end of a bucket.
    private static func milliseconds(_ bucket: Int) -> Double {
        exp2(Double(bucket) / perDoubling) / 1_000
    }

    /// As an observation's counts: `b123` → 4.
    package var counts: [String: Int64] {
        Dictionary(uniqueKeysWithValues: buckets.map { ("b\($0.key)", $0.value) })
    }

    package init(counts: [String: Int64]) {
        for (name, more) in counts {
            if name.hasPrefix("b"), let bucket = Int(name.dropFirst()) { add(bucket: bucket, more) }
        }
    }
}

extension Int64 {
    fileprivate func clamped(_ low: Int64, _ high: Int64) -> Int64 {
        Swift.min(Swift.max(self, low), high)
    }
}
