import PlanCore

/// A workflow command of GitHub Actions, which shows as an annotation in the review:
/// `::error file=plan.yaml,line=31,col=9,endColumn=25,title=…::message`.
enum GitHubDiagnostic {
    static func render(_ diagnostic: Diagnostic) -> String {
        let text = [diagnostic.message, diagnostic.hint.map { "hint: \($0)" }]
            .compactMap(\.self).joined(separator: "\n")
        var properties: [String] = []
        if let location = diagnostic.location {
            properties = [
                "file=\(escape(location.file, isProperty: true))", "line=\(location.line)",
                "col=\(location.column)", "endColumn=\(location.column + location.length)",
            ]
        }
        let list = properties.isEmpty ? "" : " " + properties.joined(separator: ",")
        return "::\(diagnostic.severity.rawValue)\(list)::\(escape(text, isProperty: false))\n"
    }

    /// As the toolkit of GitHub Actions escapes them.
    private static func escape(_ text: String, isProperty: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case ":" where isProperty: result += "%3A"
            case "," where isProperty: result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
