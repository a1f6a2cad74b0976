import PlanCore
import YAML

/// A YAML tree as an editor's schema checker sees it: the core schema of YAML 1.2.
enum YAMLAsJSON {
    static func value(_ node: YAMLNode) -> JSONValue {
        switch node.content {
        case .scalar(let scalar): scalar.style == .plain ? plain(scalar) : .string(scalar.text)
        case .sequence(let items): .array(items.map(value))
        case .mapping(let entries):
            .object(
                Dictionary(
                    entries.map { ($0.key.scalar?.text ?? "", value($0.value)) },
                    uniquingKeysWith: { first, _ in first }))
        case .alias: .null
        }
    }

    private static func plain(_ scalar: YAMLScalar) -> JSONValue {
        if scalar.isNull { return .null }
        if scalar.text == "true" || scalar.text == "false" { return .bool(scalar.text == "true") }
        if let integer = Int64(scalar.text) { return .int(integer) }
        let isNumeric = scalar.text.utf8.allSatisfy {
            (48...57).contains($0) || "+-.eE".utf8.contains($0)
        }
        if isNumeric, let number = Double(scalar.text) { return .double(number) }
        return .string(scalar.text)
    }
}
