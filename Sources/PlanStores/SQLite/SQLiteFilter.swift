import PlanCore
import SQLite

/// A filter as SQL over the payload's JSON, with the meaning of `Filter.matches`: every leaf is 0
/// or 1, never NULL.
struct SQLiteFilter {
    private(set) var sql = ""
    private(set) var values: [Value] = []
    private let payload: String
    private let id: String

    enum Value: Hashable, Sendable {
        case text(String), integer(Int64), real(Double)
    }

    /// nil where some part cannot be said in SQL: then the caller filters by itself.
    init?(_ filter: Filter, shape: SQLiteShape) {
        payload = shape.payload
        id = shape.id
        guard let rendered = render(filter) else { return nil }
        sql = rendered
    }

    func bind(to statement: SQLiteStatement, from first: Int32) throws {
        for (offset, value) in values.enumerated() {
            let index = first + Int32(offset)
            switch value {
            case .text(let text): try statement.bind(index, text)
            case .integer(let number): try statement.bind(index, number)
            case .real(let number): try statement.bind(index, number)
            }
        }
    }

    private mutating func place(_ value: Value) -> String {
        values.append(value)
        return "?"
    }

    private mutating func render(_ filter: Filter) -> String? {
        switch filter {
        case .and(let parts): return join(parts, " AND ", empty: "1")
        case .or(let parts): return join(parts, " OR ", empty: "0")
        case .not(let part): return render(part).map { "(NOT \($0))" }
        case .hasID(let ids): return render(ids)
        case .exists(let field):
            return path(field).map { "(json_type(\(payload), \($0)) IS NOT NULL)" }
        case .equal(let field, let value): return equal(field, value)
        case .notEqual(let field, let value):
            guard let present = render(.exists(field: field)), let same = equal(field, value)
            else { return nil }
            return "(\(present) AND NOT \(same))"
        case .anyOf(let field, let options):
            return join(options.map { .equal(field: field, $0) }, " OR ", empty: "0")
        case .less(let field, let bound): return compare(field, "<", bound)
        case .lessOrEqual(let field, let bound): return compare(field, "<=", bound)
        case .greater(let field, let bound): return compare(field, ">", bound)
        case .greaterOrEqual(let field, let bound): return compare(field, ">=", bound)
        case .contains: return nil
        }
    }

    private mutating func join(_ parts: [Filter], _ word: String, empty: String) -> String? {
        if parts.isEmpty { return empty }
        var rendered: [String] = []
        for part in parts {
            guard let text = render(part) else { return nil }
            rendered.append(text)
        }
        return "(" + rendered.joined(separator: word) + ")"
    }

    private mutating func render(_ ids: [RecordID]) -> String? {
        if ids.isEmpty { return "0" }
        guard ids.count <= 500 else { return nil }
        var places: [String] = []
        for wanted in ids {
            switch wanted {
            case .int(let value): places.append(place(.integer(value)))
            default: places.append(place(.text(wanted.text)))
            }
        }
        return "(\(id) IN (\(places.joined(separator: ", "))))"
    }

    /// A top-level field alone: a dotted path may mean a field whose own name has dots.
    private mutating func path(_ field: String) -> String? {
        guard !field.contains("."), !field.contains("\""), !field.isEmpty,
            field.unicodeScalars.allSatisfy({ $0.value >= 32 && $0 != "\\" })
        else { return nil }
        return place(.text("$.\"\(field)\""))
    }

    private mutating func equal(_ field: String, _ value: JSONValue) -> String? {
        guard let type = path(field) else { return nil }
        switch value {
        case .null: return "(coalesce(json_type(\(payload), \(type)), '') = 'null')"
        case .bool(let value):
            return "(coalesce(json_type(\(payload), \(type)), '') = '\(value)')"
        case .string(let text):
            return extracted(field, type, "('text')", "=", .text(text))
        case .int(let number):
            return extracted(field, type, "('integer', 'real')", "=", .integer(number))
        case .double(let number):
            return extracted(field, type, "('integer', 'real')", "=", .real(number))
        case .number, .array, .object: return nil
        }
    }

    private mutating func compare(_ field: String, _ sign: String, _ bound: Double) -> String? {
        guard let type = path(field) else { return nil }
        return extracted(field, type, "('integer', 'real')", sign, .real(bound))
    }

    private mutating func extracted(
        _ field: String, _ type: String, _ types: String, _ sign: String, _ value: Value
    ) -> String? {
        guard let again = path(field) else { return nil }
        let wanted = place(value)
        return "(coalesce(json_type(\(payload), \(type)), '') IN \(types) AND "
            + "coalesce(json_extract(\(payload), \(again)) \(sign) \(wanted), 0))"
    }
}
