/// A JSON number's text as digits and an exponent, in the one spelling that its value has: `1.50`,
/// `15e-1` and `0.15E1` are the same.
package struct DecimalText: Hashable, Sendable {
    private var isNegative = false
    /// No zeros at either end; empty for zero.
    private var digits: [UInt8] = []
    /// The value is 0.d₁d₂… × 10^exponent.
    private var exponent = 0

    /// nil where the text is no decimal number.
    package init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        if rest.first == UInt8(ascii: "-") {
            isNegative = true
            rest = rest.dropFirst()
        }
        var power = 0
        if let mark = rest.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
            guard let given = Int(String(decoding: rest[rest.index(after: mark)...], as: UTF8.self))
            else { return nil }
            power = given
            rest = rest[..<mark]
        }
        let point = rest.firstIndex(of: UInt8(ascii: ".")) ?? rest.endIndex
        let whole = rest[..<point]
        let figures = Array(whole + rest[point...].dropFirst())
        guard !figures.isEmpty, figures.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let zeros = figures.prefix { $0 == 48 }.count
        digits = Array(figures.dropFirst(zeros))
        while digits.last == 48 { digits.removeLast() }
        if digits.isEmpty {
            isNegative = false
        } else {
            let (sum, overflows) = power.addingReportingOverflow(whole.count - zeros)
            if overflows { return nil }
            exponent = sum
        }
    }

    /// How many digits the value has.
    package var precision: Int { digits.count }
}

extension JSONValue {
    /// A number's value, whichever case holds it; nil for anything else.
    package var decimal: DecimalText? {
        switch self {
        case .int(let value): DecimalText(String(value))
        case .double(let value): value.isFinite ? DecimalText(value.description) : nil
        case .number(let text): DecimalText(text)
        default: nil
        }
    }
}
