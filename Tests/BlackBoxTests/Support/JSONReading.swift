import PlanCore

/// What a test looks up in an answer; nothing there is `null`, an empty list or no text.
extension JSONValue {
    subscript(key: String) -> JSONValue {
        if case .object(let fields) = self { return fields[key] ?? .null }
        return .null
    }

    /// The names of its fields.
    var names: [String] {
        if case .object(let fields) = self { return fields.keys.sorted() }
        return []
    }

    var items: [JSONValue] {
        if case .array(let items) = self { return items }
        return []
    }

    var text: String {
        if case .string(let text) = self { return text }
        return ""
    }

    var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}
