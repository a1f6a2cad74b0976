/// What was newly measured of a metric.
package enum MetricReading: Hashable, Sendable {
    /// Samples of 0 and 1.
    case trials(Int, failures: Int)
    /// Mirrored reads: D − N of each, and how many of them were reclassified.
    case net(SampleCounts, reclassified: Int)
    /// Values from 0 to 1 that are new.
    case shares(SampleCounts)
    /// All the values from 0 to 1 that there are, as a check found them.
    case sample(SampleCounts)
    case latencies(LatencyHistogram)
    case latencyPair(source: LatencyHistogram, target: LatencyHistogram)
    /// A number as it stands now, from so many samples.
    case number(Double, samples: Int)
    case nothing
    /// It could not be asked.
    case error(String)
}

/// What a guard says now, and why.
package struct Judgement: Hashable, Sendable {
    package var verdict: Verdict
    package var value: Double?
    package var low: Double?
    package var high: Double?
    package var samples: Int
    package var reason: String

    package init(
        _ verdict: Verdict, value: Double? = nil, low: Double? = nil, high: Double? = nil,
        samples: Int = 0, reason: String = ""
    ) {
        self.verdict = verdict
        self.value = value
        self.low = low
        self.high = high
        self.samples = samples
        self.reason = reason
    }
}
