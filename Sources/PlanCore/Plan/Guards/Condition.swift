/// A comparison with a number: `< 1%`, `== 0`, `>= 250ms`.
package struct Condition: Hashable, Sendable {
    package enum Comparison: String, Hashable, Sendable, CaseIterable {
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case equal = "=="
        case notEqual = "!="
    }

    package var comparison: Comparison
    /// In the metric's unit: fractions (1% is 0.01), milliseconds, seconds, counts.
    package var value: Double
    /// As the plan spells it: `< 1%`.
    package var text: String

    package init(_ comparison: Comparison, _ value: Double, text: String? = nil) {
        self.comparison = comparison
        self.value = value
        self.text = text ?? "\(comparison.rawValue) \(value)"
    }

    /// False for NaN, whatever the comparison.
    package func holds(_ number: Double) -> Bool {
        if number.isNaN { return false }
        return switch comparison {
        case .less: number < value
        case .lessOrEqual: number <= value
        case .greater: number > value
        case .greaterOrEqual: number >= value
        case .equal: number == value
        case .notEqual: number != value
        }
    }
}
