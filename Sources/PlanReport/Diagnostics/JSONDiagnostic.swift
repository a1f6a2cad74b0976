import PlanCore

/// `{"version": 1, "diagnostics": [{"severity", "message", "hint", "file", "line", "column",
/// "length", "text"}]}`; what a diagnostic does not have is null.
enum JSONDiagnostic {
    static func render(_ diagnostics: [Diagnostic]) -> String {
        guard !diagnostics.isEmpty else { return "{\"version\": 1, \"diagnostics\": []}\n" }
        let entries = diagnostics.map { "  {\(fields($0))}" }.joined(separator: ",\n")
        return "{\"version\": 1, \"diagnostics\": [\n\(entries)\n]}\n"
    }

    private static func fields(_ diagnostic: Diagnostic) -> String {
        let location = diagnostic.location
        return [
            ("severity", quote(diagnostic.severity.rawValue)),
            ("message", quote(diagnostic.message)), ("hint", quote(diagnostic.hint)),
            ("file", quote(location?.file)), ("line", number(location?.line)),
            ("column", number(location?.column)), ("length", number(location?.length)),
            ("text", quote(location?.text)),
        ].map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    }

    private static func number(_ value: Int?) -> String { value.map(String.init) ?? "null" }

    private static func quote(_ text: String?) -> String {
        guard let text else { return "null" }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
