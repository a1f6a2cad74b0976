/// A condition that a step must keep. The short and the long form give the same value.
package struct Guard: Hashable, Sendable {
    package enum Measure: Hashable, Sendable {
        case metric(Metric)
        /// A number from the user's own Prometheus.
        case prometheus(url: ValueReference, query: String)
        /// A number that a program prints; no shell reads the argument list.
        case command([String])
    }

    /// What it takes to pass.
    package enum Requirement: String, Hashable, Sendable, CaseIterable {
        /// The data must show that all is well.
        case shownGood = "shown_good"
        /// Enough samples, none of which show a failure.
        case notShownBad = "not_shown_bad"
    }

    /// As people and the run's history call it: the metric unless the plan names it.
    package var name: String
    package var measure: Measure
    /// At least one of the two is set. Alone, its opposite is the other verdict; with both, what
    /// meets neither is inconclusive.
    package var success: Condition?
    package var failure: Condition?
    package var interval: Duration = .seconds(5)
    package var initialDelay: Duration = .zero
    /// Measurements until it is over; nil: until the step ends.
    package var count: Int?
    /// Failed measurements that are still borne; for rates, failed windows.
    package var failureLimit = 0
    /// nil: none.
    package var inconclusiveLimit: Int?
    package var consecutiveErrorLimit = 4
    /// 0: off.
    package var consecutiveSuccessLimit = 0
    package var minSamples: Int
    /// 0.5 ≤ confidence < 1.
    package var confidence = 0.95
    package var require: Requirement
    /// Shown and recorded; decides nothing.
    package var dryRun = false
    /// Sliding windows for latencies and counts, tumbling ones for rates; nil: the whole step.
    package var over: Duration?
    /// Where the plan says so, from 1.
    package var line = 0

    package init(
        _ measure: Measure, name: String? = nil, success: Condition? = nil,
        failure: Condition? = nil
    ) {
        self.measure = measure
        self.name = name ?? measure.text
        self.success = success
        self.failure = failure
        minSamples = measure.family.minSamples
        require = measure.requirement
    }

    /// As `status` shows it: `discrepancy_rate < 1%`; the failure condition after `fails`.
    package var text: String {
        let conditions = [success?.text, failure.map { "fails \($0.text)" }].compactMap(\.self)
        return ([name] + [conditions.joined(separator: ", ")]).joined(separator: " ")
    }
}

extension Guard.Measure {
    package var text: String {
        switch self {
        case .metric(let metric): metric.text
        case .prometheus: "prometheus"
        case .command: "command"
        }
    }

    package var family: MetricFamily {
        if case .metric(let metric) = self { metric.name.family } else { .external }
    }

    /// What a guard on it requires unless the plan says otherwise.
    package var requirement: Guard.Requirement {
        guard case .metric(let metric) = self else { return .notShownBad }
        return switch metric.name {
        case .discrepancyRate, .recall, .recallP5, .overlap: .shownGood
        default: .notShownBad
        }
    }
}
