/// Kinds of metric; each has a unit and the defaults of its guards.
package enum MetricFamily: String, Hashable, Sendable, CaseIterable {
    /// A part of requests, 0…1, judged with anytime-valid tests.
    case rate
    /// A mean or a quantile of values 0…1.
    case quality
    /// Milliseconds.
    case latency
    /// Target over source.
    case ratio
    /// Seconds.
    case age
    /// A number of things: exact, no samples.
    case count
    /// What a program or Prometheus says.
    case external

    package var minSamples: Int {
        switch self {
        case .rate, .quality: 100
        case .latency, .ratio: 30
        case .age, .count, .external: 0
        }
    }
}
