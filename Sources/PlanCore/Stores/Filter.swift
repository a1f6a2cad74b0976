/// A condition on a record's payload or id. `field` is a path, dots between its parts.
///
/// A missing field satisfies no comparison (`notEqual` included); `not` inverts what it holds.
package indirect enum Filter: Hashable, Sendable {
    case and([Filter])
    case or([Filter])
    case not(Filter)
    case equal(field: String, JSONValue)
    case notEqual(field: String, JSONValue)
    case anyOf(field: String, [JSONValue])
    case less(field: String, Double)
    case lessOrEqual(field: String, Double)
    case greater(field: String, Double)
    case greaterOrEqual(field: String, Double)
    case exists(field: String)
    /// An array that holds the value, or a string that holds the text.
    case contains(field: String, JSONValue)
    /// One of these values, or an array that holds one of them: what Qdrant calls a match.
    case holds(field: String, [JSONValue])
    case hasID([RecordID])
}

extension Filter {
    /// The reference meaning, for tests and for stores that filter on our side.
    package func matches(_ record: Record) -> Bool {
        switch self {
        case .and(let parts): return parts.allSatisfy { $0.matches(record) }
        case .or(let parts): return parts.contains { $0.matches(record) }
        case .not(let part): return !part.matches(record)
        case .hasID(let ids): return ids.contains(record.id)
        case .exists(let field): return record.payload.value(at: field) != nil
        case .equal(let field, let value):
            return record.payload.value(at: field)?.isJSONEqual(to: value) ?? false
        case .notEqual(let field, let value):
            return record.payload.value(at: field).map { !$0.isJSONEqual(to: value) } ?? false
        case .anyOf(let field, let values):
            guard let found = record.payload.value(at: field) else { return false }
            return values.contains { $0.isJSONEqual(to: found) }
        case .holds(let field, let values):
            guard let found = record.payload.value(at: field) else { return false }
            var candidates = [found]
            if case .array(let items) = found { candidates += items }
            return candidates.contains { one in values.contains { $0.isJSONEqual(to: one) } }
        case .less(let field, let bound): return compare(record, field) { $0 < bound }
        case .lessOrEqual(let field, let bound): return compare(record, field) { $0 <= bound }
        case .greater(let field, let bound): return compare(record, field) { $0 > bound }
        case .greaterOrEqual(let field, let bound): return compare(record, field) { $0 >= bound }
        case .contains(let field, let value):
            switch (record.payload.value(at: field), value) {
            case (.array(let items)?, _): return items.contains { $0.isJSONEqual(to: value) }
            case (.string(let text)?, .string(let part)): return text.contains(part)
            default: return false
            }
        }
    }

    private func compare(_ record: Record, _ field: String, _ test: (Double) -> Bool) -> Bool {
        switch record.payload.value(at: field) {
        case .int(let value)?: test(Double(value))
        case .double(let value)?: test(value)
        default: false
        }
    }
}

extension [String: JSONValue] {
    /// The value at a dotted path; a field whose own name has dots wins over the path.
    package func value(at path: String) -> JSONValue? {
        if let direct = self[path] { return direct }
        guard let dot = path.firstIndex(of: "."),
            case .object(let inner)? = self[String(path[..<dot])]
        else { return nil }
        return inner.value(at: String(path[path.index(after: dot)...]))
    }
}
