/// How often each value was seen, values in millionths: what a test of a mean needs of its samples.
package struct SampleCounts: Hashable, Sendable, Codable {
    package static let one = 1_000_000

    package private(set) var counts: [Int: Int] = [:]
    package private(set) var total = 0

    package init() {}

    /// Samples of −1, 0 and 1.
    package init(minus: Int = 0, zero: Int = 0, plus: Int = 0) {
        add(-SampleCounts.one, minus)
        add(0, zero)
        add(SampleCounts.one, plus)
    }

    /// As an observation's counts: `v900000` → 4.
    package init(counts: [String: Int64]) {
        for (name, more) in counts where name.hasPrefix("v") {
            if let millionths = Int(name.dropFirst()) { add(millionths, Int(more)) }
        }
    }

    /// The name under which a value 0…1 is counted in an observation.
    package static func name(of value: Double) -> String {
        "v\(Int((value * Double(one)).rounded()))"
    }

    package mutating func add(_ millionths: Int, _ more: Int) {
        guard more > 0 else { return }
        counts[millionths, default: 0] += more
        total += more
    }

    package mutating func add(_ other: SampleCounts) {
        for (millionths, more) in other.counts { add(millionths, more) }
    }

    package var values: [(value: Double, count: Int)] {
        counts.sorted { $0.key < $1.key }.map {
            (Double($0.key) / Double(SampleCounts.one), $0.value)
        }
    }

    package var mean: Double? {
        guard total > 0 else { return nil }
        return values.reduce(0) { $0 + $1.value * Double($1.count) } / Double(total)
    }

    /// The value of that rank in rising order, from 1.
    package func value(ofRank rank: Int) -> Double? {
        var seen = 0
        for (value, count) in values {
            seen += count
            if seen >= rank { return value }
        }
        return nil
    }
}
