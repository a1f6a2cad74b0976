import PlanCore

/// Regular expressions (ECMA-262) of texts that have a grammar of their own.
enum SchemaPatterns {
    /// A literal without a password, `env:NAME` or `file:PATH`.
    static let reference =
        "^(?!env:(?![A-Za-z_][A-Za-z0-9_]*$))(?![^:]+://[^/?#@]*:[^/?#]*@)"
        + "(?!(.*[ ?&])?password=[^ &])\\S"

    static let secret = "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$"

    static let condition = "^\\s*(<|<=|>|>=|==|!=)\\s*[^\\s<>=!]\\S*\\s*$"

    /// Each family of metrics compares in its own way with values of its own unit.
    static let shortGuard: String = {
        let families: [MetricFamily] = [.rate, .quality, .latency, .ratio, .age, .count]
        let alternatives = families.map { family in
            let names = Metric.all.filter { $0.name.family == family }
                .map { $0.text.split(separator: ".").joined(separator: "\\.") }
                .joined(separator: "|")
            return "(\(names))\\s*\(comparison(family))\\s*\(value(family))"
        }
        return "^\\s*(\(alternatives.joined(separator: "|")))"
            + "(\\s+over\\s+([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+|\\s+with\\s+[0-9]+\\s+samples?)*\\s*$"
    }()

    private static func comparison(_ family: MetricFamily) -> String {
        family == .rate ? "(<|<=|>|>=)" : "(<|<=|>|>=|==|!=)"
    }

    private static func value(_ family: MetricFamily) -> String {
        switch family {
        case .rate, .quality: "([0-9]+(\\.[0-9]+)?%|0(\\.[0-9]+)?|1(\\.0+)?)"
        case .latency: "([0-9]+(\\.[0-9]+)?|([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+)"
        case .age: "(0|([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+)"
        case .count: "[0-9]+"
        case .ratio, .external: "[0-9]+(\\.[0-9]+)?"
        }
    }
}
