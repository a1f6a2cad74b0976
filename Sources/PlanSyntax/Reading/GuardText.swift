import PlanCore

/// Reads `METRIC OP VALUE [over DURATION] [with N samples]`, noting the first problem.
struct GuardText {
    struct Problem {
        var message: String
        /// Bytes of the text.
        var range: Range<Int>
        var hint: String?
    }

    private(set) var problem: Problem?
    private let text: String
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool {
        bytes[position...].allSatisfy { $0 == 32 || $0 == 9 }
    }

    mutating func parse() -> ShortGuard? {
        skipBlanks()
        let start = position
        let name = take { !Self.isBlank($0) && !Self.isOperator($0) }
        guard let metric = Metric(name) else {
            fail(
                name.isEmpty ? "a guard begins with a metric" : "unknown guard metric '\(name)'",
                start..<max(position, start + 1), Self.hint(forMetric: name))
            return nil
        }
        guard let comparison = comparison() else { return nil }
        skipBlanks()
        let valueStart = position
        let written = word()
        let value: Double
        switch GuardValue.parse(written, of: metric.name, comparison) {
        case .success(let number): value = number
        case .failure(let refusal):
            fail(
                refusal.message, valueStart..<max(position, valueStart + 1), refusal.hint)
            return nil
        }
        let condition = Condition(comparison, value, text: "\(comparison.rawValue) \(written)")
        var result = ShortGuard(metric: metric, condition: condition)
        return suffixes(&result) ? result : nil
    }

    mutating func comparison() -> Condition.Comparison? {
        skipBlanks()
        let start = position
        let written = take(Self.isOperator)
        if let comparison = Condition.Comparison(rawValue: written) { return comparison }
        let meant = ["=": "==", "=<": "<=", "=>": ">=", "<>": "!=", "===": "==", "!": "!="]
        if written.isEmpty {
            let found = word()
            fail(
                found.isEmpty
                    ? "a guard compares: '\(text)' does not"
                    : "expected a comparison, found '\(found)'",
                found.isEmpty ? 0..<bytes.count : start..<position,
                "one of <, <=, >, >=, ==, !=")
        } else {
            fail(
                "unknown comparison '\(written)'", start..<position,
                meant[written].map { "did you mean '\($0)'?" } ?? "one of <, <=, >, >=, ==, !=")
        }
        return nil
    }

    mutating func word() -> String {
        skipBlanks()
        return take { !Self.isBlank($0) }
    }

    /// `over 5m`, `with 200 samples`, in either order.
    private mutating func suffixes(_ result: inout ShortGuard) -> Bool {
        while !isAtEnd {
            skipBlanks()
            let start = position
            switch word() {
            case "over" where result.over == nil:
                let duration = word()
                guard let value = Quantity.duration(duration), value > .zero else {
                    fail(
                        "'over' takes a duration, found '\(duration)'", start..<position,
                        "write it as over 5m")
                    return false
                }
                result.over = value
            case "with" where result.minSamples == nil:
                guard let count = Quantity.integer(word()), count >= 0,
                    ["samples", "sample"].contains(word())
                else {
                    fail(
                        "'with' takes a number of samples", start..<position,
                        "write it as with 200 samples")
                    return false
                }
                result.minSamples = count
            case let other:
                fail(
                    "a guard ends here, found '\(other)'", start..<position,
                    Suggestion.nearest(to: other, among: ["over", "with"])
                        .map { "did you mean '\($0)'?" }
                        ?? "only 'over DURATION' and 'with N samples' may follow")
                return false
            }
        }
        return true
    }

    /// A metric that is nearly right: misspelt, without its side, or with one too many.
    static func hint(forMetric name: String) -> String {
        let sided = Metric.all.filter { $0.side != nil && $0.name.rawValue == name }
        if !sided.isEmpty {
            return "say of which side: " + sided.map(\.text).joined(separator: " or ")
        }
        if let base = name.split(separator: ".").first, name.contains("."),
            Metric(String(base)) != nil
        {
            return "'\(base)' has no side: write \(base)"
        }
        if name.contains(where: { " <>=".contains($0) }) {
            return "only its name goes here; the rest into success_condition:"
        }
        return Suggestion.hint(for: name, among: Metric.all.map(\.text))
    }

    private mutating func fail(_ message: String, _ range: Range<Int>, _ hint: String?) {
        let clamped = range.clamped(to: 0..<bytes.count)
        if problem == nil { problem = Problem(message: message, range: clamped, hint: hint) }
    }

    private mutating func skipBlanks() { _ = take(Self.isBlank) }

    private mutating func take(_ accepts: (UInt8) -> Bool) -> String {
        let start = position
        while position < bytes.count, accepts(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 }

    private static func isOperator(_ byte: UInt8) -> Bool {
        [UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "!")].contains(byte)
    }
}
