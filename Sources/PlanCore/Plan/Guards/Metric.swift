/// What a guard looks at: a name and, for some, the side it is measured on.
package struct Metric: Hashable, Sendable {
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case discrepancyRate = "discrepancy_rate"
        case recall
        case recallP5 = "recall_p5"
        case overlap
        case readErrorRate = "read_error_rate"
        case writeErrorRate = "write_error_rate"
        case latencyP50 = "latency_p50"
        case latencyP95 = "latency_p95"
        case latencyP99 = "latency_p99"
        case latencyRatioP99 = "latency_ratio_p99"
        case repairBacklog = "repair_backlog"
        case repairAge = "repair_age"
        case refused
        case missing, extra, mismatched, repaired
        case bypassedWrites = "bypassed_writes"
        case count
        case countDifference = "count_difference"
        case mirrorDroppedRate = "mirror_dropped_rate"
    }

    package var name: Name
    /// Set exactly where `name.hasSide`.
    package var side: Side?

    package init(_ name: Name, _ side: Side? = nil) {
        self.name = name
        self.side = side
    }

    /// Every metric there is, in the order of the documentation.
    package static let all = Name.allCases.flatMap { name in
        name.hasSide ? Side.allCases.map { Metric(name, $0) } : [Metric(name)]
    }

    /// nil unless `text` is spelled as a guard spells it: `missing`, `count.source`.
    package init?(_ text: String) {
        guard let metric = Self.all.first(where: { $0.text == text }) else { return nil }
        self = metric
    }

    package var text: String { side.map { "\(name.rawValue).\($0.rawValue)" } ?? name.rawValue }
}

extension Metric.Name {
    package var hasSide: Bool {
        switch self {
        case .readErrorRate, .writeErrorRate, .latencyP50, .latencyP95, .latencyP99, .count: true
        default: false
        }
    }

    /// How its samples come about, which decides how it is judged.
    package var family: MetricFamily {
        switch self {
        case .discrepancyRate, .readErrorRate, .writeErrorRate, .mirrorDroppedRate: .rate
        case .recall, .recallP5, .overlap: .quality
        case .latencyP50, .latencyP95, .latencyP99: .latency
        case .latencyRatioP99: .ratio
        case .repairAge: .age
        default: .count
        }
    }
}
