import PlanCore

/// Writes metrics in Prometheus' text format, version 0.0.4.
struct PrometheusText {
    private(set) var text = ""

    /// Upper bounds in seconds.
    static let bounds = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30,
    ]

    typealias Labels = [(name: String, value: String)]

    mutating func begin(_ name: String, _ kind: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    mutating func sample(_ name: String, _ labels: Labels = [], _ value: Int64) {
        text += "\(name)\(PrometheusText.render(labels)) \(value)\n"
    }

    mutating func sample(_ name: String, _ labels: Labels = [], _ value: Double) {
        text += "\(name)\(PrometheusText.render(labels)) \(value)\n"
    }

    /// A bucket of ours belongs where its upper end does; the sum takes each bucket's middle.
    mutating func histogram(_ name: String, _ labels: Labels, _ histogram: LatencyHistogram) {
        let ours = histogram.buckets.sorted { $0.key < $1.key }
            .map { (upper: histogram.upperSeconds(of: $0.key), count: $0.value) }
        for bound in PrometheusText.bounds {
            let below = ours.filter { $0.upper <= bound * 1.000_001 }
                .reduce(Int64(0)) { $0 + $1.count }
            sample(name + "_bucket", labels + [("le", "\(bound)")], below)
        }
        sample(name + "_bucket", labels + [("le", "+Inf")], histogram.count)
        let sum = ours.reduce(0.0) { $0 + $1.upper * 0.978 * Double($1.count) }
        sample(name + "_sum", labels, sum)
        sample(name + "_count", labels, histogram.count)
    }

    private static func render(_ labels: Labels) -> String {
        guard !labels.isEmpty else { return "" }
        let parts = labels.map { label in
            var escaped = ""
            for character in label.value {
                switch character {
                case "\\": escaped += "\\\\"
                case "\"": escaped += "\\\""
                case "\n": escaped += "\\n"
                default: escaped.append(character)
                }
            }
            return "\(label.name)=\"\(escaped)\""
        }
        return "{" + parts.joined(separator: ",") + "}"
    }
}

extension LatencyHistogram {
    /// The upper end of a bucket, in seconds.
    fileprivate func upperSeconds(of bucket: Int) -> Double {
        var single = LatencyHistogram()
        single.add(bucket: bucket, 1)
        return (single.quantile(1) ?? 0) / 1_000
    }
}
