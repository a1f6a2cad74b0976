/// Numbers with units, as plans write them.
enum Quantity {
    static let durationPattern = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$"
    static let ratePattern = "^[0-9]+(\\.[0-9]+)?/(s|m|h)$"
    static let percentPattern = "^[0-9]+(\\.[0-9]+)?%$"

    private static let durationUnits = ["ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400]
    private static let rateUnits = ["s": 1.0, "m": 60, "h": 3_600]
    /// Ten years.
    private static let secondsMax = 315_360_000.0

    /// `10s`, `1h30m`, `1.5s`; nil for all else, and above ten years.
    static func duration(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var total = 0.0
        var rest = Substring(text)
        while !rest.isEmpty {
            guard let (number, unit, after) = numberAndUnit(rest), let scale = durationUnits[unit]
            else { return nil }
            total += number * scale
            rest = after
        }
        guard !text.isEmpty, total <= secondsMax else { return nil }
        return .milliseconds((total * 1_000).rounded())
    }

    /// Records a second; nil unless it is above zero.
    static func rate(_ text: String) -> Double? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let amount = number(parts[0]), amount > 0,
            let seconds = rateUnits[String(parts[1])]
        else { return nil }
        return amount / seconds
    }

    /// `5%` as 0.05.
    static func percent(_ text: String) -> Double? {
        guard text.hasSuffix("%") else { return nil }
        return number(text.dropLast()).map { $0 / 100 }
    }

    /// Digits with at most one point between them. No sign, no exponent.
    static func number(_ text: Substring) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), text.utf8.count <= 24,
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } })
        else { return nil }
        return Double(text)
    }

    static func integer(_ text: String) -> Int? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    /// As a plan would write it.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        for (unit, scale) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
        where milliseconds > 0 && milliseconds % Int64(scale) == 0 {
            return "\(milliseconds / Int64(scale))\(unit)"
        }
        return milliseconds == 0 ? "0" : "\(milliseconds)ms"
    }

    private static func numberAndUnit(_ text: Substring) -> (Double, String, Substring)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text[digits.endIndex...].prefix { $0.isASCII && $0.isLetter }
        guard let value = number(digits) else { return nil }
        return (value, String(unit), text[unit.endIndex...])
    }
}
