import PlanCore

/// A diagnostic for people: where, what, the line with a caret below, and what to do.
///
///     plan.yaml:31:9: error: unknown guard metric 'discrepency_rate'
///     31 |       - discrepency_rate < 1%
///        |         ^~~~~~~~~~~~~~~~
///     hint: did you mean 'discrepancy_rate'?
enum TextDiagnostic {
    /// A long line is cut around its caret, so that it stays in sight.
    private static let lineMax = 160
    private static let before = 60

    static func render(_ diagnostic: Diagnostic) -> String {
        var lines: [String] = []
        if let location = diagnostic.location {
            lines.append(
                "\(printable(location.file)):\(location.line):\(location.column): "
                    + "\(diagnostic.severity.rawValue): \(printable(diagnostic.message))")
            lines += excerpt(location)
        } else {
            lines.append("\(diagnostic.severity.rawValue): \(printable(diagnostic.message))")
        }
        if let hint = diagnostic.hint { lines.append("hint: \(printable(hint))") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func excerpt(_ location: Diagnostic.Location) -> [String] {
        var characters = Array(location.text)
        var column = max(0, location.column - 1)
        var isCut = false
        if characters.count > lineMax {
            let start = max(0, column - before)
            isCut = start > 0
            characters = Array(characters.dropFirst(start).prefix(lineMax))
            column -= start
        }
        let number = String(location.line)
        let margin = String(repeating: " ", count: number.count)
        let lead = isCut ? "…" : ""
        // A tab stays a tab in both lines, so that the caret keeps its place.
        let indent =
            characters.prefix(column).map { $0 == "\t" ? "\t" : " " }.joined()
            + String(repeating: " ", count: max(0, column - characters.count))
        let length = min(location.length, max(1, characters.count - column))
        let caret = "^" + String(repeating: "~", count: max(0, length - 1))
        return [
            "\(number) | \(lead)\(printable(String(characters)))",
            "\(margin) | \(isCut ? " " : "")\(indent)\(caret)",
        ]
    }

    /// Text of a file may hold control characters, which a terminal would obey.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar != "\t"
            && (scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
                || (0x202A...0x202E).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value))
    }
}
