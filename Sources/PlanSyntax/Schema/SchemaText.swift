import PlanCore

/// JSON for people: two spaces a level, short lists on one line, what names a schema first.
enum SchemaText {
    private static let leading = [
        "$schema", "$id", "title", "description", "$ref", "type", "enum", "const", "pattern",
    ]
    private static let shortMax = 80

    static func render(_ value: JSONValue, indent: String = "") -> String {
        let short = inline(value)
        if indent.utf8.count + short.utf8.count <= shortMax { return short }
        let inner = indent + "  "
        switch value {
        case .array(let items) where !items.isEmpty:
            let lines = items.map { inner + render($0, indent: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let fields) where !fields.isEmpty:
            let lines = ordered(fields).map { key, value in
                "\(inner)\(quote(key)): \(render(value, indent: inner))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        default:
            return short
        }
    }

    private static func inline(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number):
            Int64(exactly: number).map { String($0) } ?? number.description
        case .number(let text): text
        case .string(let text): quote(text)
        case .array(let items): "[" + items.map(inline).joined(separator: ", ") + "]"
        case .object(let fields):
            "{" + ordered(fields).map { "\(quote($0)): \(inline($1))" }.joined(separator: ", ")
                + "}"
        }
    }

    private static func ordered(_ fields: JSONObject) -> [(key: String, value: JSONValue)] {
        let first = leading.compactMap { key in fields[key].map { (key: key, value: $0) } }
        return first + fields.sortedByKey.filter { !leading.contains($0.key) }
    }

    private static func quote(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
