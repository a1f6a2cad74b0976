import PlanCore

/// One measured figure beside its baseline of the same run.
struct Figure: Sendable {
    /// What a goal asks of the ratio, or of the figure itself.
    struct Goal: Sendable {
        let text: String
        let isMet: Bool
    }

    let group: String
    let name: String
    let unit: String
    /// Medians over the repetitions.
    let value: Double
    let baseline: Double
    let baselineName: String
    /// Of each repetition's pair.
    let ratio: Spread
    let goal: Goal?
    /// Cores that this process kept busy meanwhile, of all there are; nil where it says nothing.
    let cores: Double?
    /// What keeps it from being better.
    let bound: String

    var json: JSONValue {
        var fields: JSONObject = [
            "group": .string(group), "name": .string(name), "unit": .string(unit),
            "value": .double(Figure.rounded(value)),
            "baseline": .double(Figure.rounded(baseline)),
            "baseline_name": .string(baselineName),
            "ratio": .double(Figure.rounded(ratio.median)),
            "ratio_min": .double(Figure.rounded(ratio.least)),
            "ratio_max": .double(Figure.rounded(ratio.most)),
            "bound": .string(bound),
        ]
        if let goal {
            fields["goal"] = .string(goal.text)
            fields["goal_met"] = .bool(goal.isMet)
        }
        if let cores { fields["client_cores"] = .double(Figure.rounded(cores)) }
        return .object(fields)
    }

    /// Three digits that count.
    static func rounded(_ value: Double) -> Double {
        guard value != 0, value.isFinite else { return value }
        var scale = 1.0
        while abs(value) * scale < 100 { scale *= 10 }
        return (value * scale).rounded() / scale
    }
}

/// Where the middle of some values is, and their ends.
struct Spread: Sendable {
    let median: Double
    let least: Double
    let most: Double
    let p99: Double

    init(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else {
            (median, least, most, p99) = (.nan, .nan, .nan, .nan)
            return
        }
        let middle = sorted.count / 2
        median =
            sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        least = first
        most = last
        p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    }
}
