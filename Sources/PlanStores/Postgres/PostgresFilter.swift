import JSON
import PlanCore
import Postgres

/// A filter as SQL over the payload's jsonb, with the meaning of `Filter.matches`, but that text is
/// compared by its bytes and never by Unicode's equivalence.
///
/// Under a NOT every leaf is true or false, never NULL. Elsewhere NULL will do for false, and an
/// index over `(payload -> 'field')` can serve the bare comparison.
struct PostgresFilter: Sendable {
    private(set) var sql = ""
    private var values: [Value] = []
    private let shape: PostgresShape
    private let first: Int

    private enum Value: Sendable {
        case text(String), texts([String]), jsonb(String), double(Double)
        case ids([RecordID])
    }

    /// The SQL's parameters begin with `$first`.
    init(_ filter: Filter, shape: PostgresShape, first: Int) {
        self.shape = shape
        self.first = first
        sql = render(filter, isNegated: false)
    }

    func add(to parameters: inout PostgresParameters) {
        for value in values {
            switch value {
            case .text(let text): parameters.add(text)
            case .texts(let texts): parameters.add(texts)
            case .jsonb(let text): parameters.add(jsonb: text)
            case .double(let number): parameters.add(number)
            case .ids(let ids): shape.add(ids, to: &parameters)
            }
        }
    }

    private mutating func place(_ value: Value, _ type: String) -> String {
        values.append(value)
        return "$\(first + values.count - 1)::\(type)"
    }

    private mutating func render(_ filter: Filter, isNegated: Bool) -> String {
        switch filter {
        case .and(let parts): return join(parts, " AND ", "true", isNegated)
        case .or(let parts): return join(parts, " OR ", "false", isNegated)
        case .not(let part): return "(NOT \(render(part, isNegated: true)))"
        case .hasID(let ids): return hasID(ids)
        case .exists(let field): return field.holdsNUL ? "false" : "(\(value(field)) IS NOT NULL)"
        default: break
        }
        guard let leaf = leaf(filter) else { return "false" }
        return isNegated ? "coalesce(\(leaf), false)" : "(\(leaf))"
    }

    private mutating func join(
        _ parts: [Filter], _ word: String, _ empty: String, _ isNegated: Bool
    ) -> String {
        if parts.isEmpty { return empty }
        return "(" + parts.map { render($0, isNegated: isNegated) }.joined(separator: word) + ")"
    }

    /// nil where nothing that is stored can match.
    private mutating func leaf(_ filter: Filter) -> String? {
        switch filter {
        case .equal(let field, let wanted):
            guard !field.holdsNUL, !wanted.holdsNUL else { return nil }
            return "\(value(field)) = \(jsonb(wanted))"
        case .notEqual(let field, let wanted):
            if field.holdsNUL { return nil }
            if wanted.holdsNUL { return "\(value(field)) IS NOT NULL" }
            return "\(value(field)) <> \(jsonb(wanted))"
        case .anyOf(let field, let wanted):
            if field.holdsNUL { return nil }
            let possible = wanted.filter { !$0.holdsNUL }.map { JSON.text($0) }
            return "\(value(field)) = ANY(\(place(.texts(possible), "text[]"))::jsonb[])"
        case .less(let field, let bound): return compare(field, "<", bound)
        case .lessOrEqual(let field, let bound): return compare(field, "<=", bound)
        case .greater(let field, let bound): return compare(field, ">", bound)
        case .greaterOrEqual(let field, let bound): return compare(field, ">=", bound)
        case .contains(let field, let wanted): return contains(field, wanted)
        case .holds(let field, let wanted): return holds(field, wanted)
        default: return nil
        }
    }

    /// `Filter` compares as doubles do. Below 2⁵³ jsonb's exact order is the same, and an index
    /// can serve it.
    private mutating func compare(_ field: String, _ sign: String, _ bound: Double) -> String? {
        if bound.isNaN || field.holdsNUL { return nil }
        let found = value(field)
        if abs(bound) < 0x1p53 {
            return "jsonb_typeof(\(found)) = 'number' AND \(found) \(sign) "
                + jsonb(.double(bound))
        }
        return "CASE WHEN jsonb_typeof(\(found)) = 'number' "
            + "AND abs((\(found))::numeric) < 1e308 "
            + "THEN (\(found))::float8 \(sign) \(place(.double(bound), "float8")) END"
    }

    private mutating func contains(_ field: String, _ wanted: JSONValue) -> String? {
        if field.holdsNUL || wanted.holdsNUL { return nil }
        let found = value(field)
        let isScalar: Bool
        switch wanted {
        case .array, .object: isScalar = false
        default: isScalar = true
        }
        let inArray =
            isScalar
            ? "\(found) @> \(jsonb(.array([wanted])))"
            : "EXISTS (SELECT 1 FROM jsonb_array_elements(\(found)) AS e(v) "
                + "WHERE e.v = \(jsonb(wanted)))"
        var cases = "WHEN 'array' THEN \(inArray)"
        if case .string(let text) = wanted {
            cases +=
                " WHEN 'string' THEN position(\(place(.text(text), "text")) IN "
                + "(\(found) #>> '{}')) > 0"
        }
        return "CASE jsonb_typeof(\(found)) \(cases) ELSE false END"
    }

    /// jsonb lets an array contain a bare scalar: `'[1]' @> '1'`.
    private mutating func holds(_ field: String, _ wanted: [JSONValue]) -> String? {
        if field.holdsNUL { return nil }
        let possible = wanted.filter { !$0.holdsNUL }
        var scalars: [String] = []
        var parts: [String] = []
        for value in possible {
            switch value {
            case .array, .object:
                parts.append("coalesce(\(self.value(field)) = \(jsonb(value)), false)")
                if let inside = contains(field, value) {
                    parts.append("coalesce(\(inside), false)")
                }
            default: scalars.append(JSON.text(value))
            }
        }
        if scalars.count == 1 {
            parts.append("\(self.value(field)) @> \(place(.jsonb(scalars[0]), "jsonb"))")
        } else if !scalars.isEmpty {
            let any = place(.texts(scalars), "text[]")
            parts.append("\(self.value(field)) @> ANY(\(any)::jsonb[])")
        }
        return parts.isEmpty ? nil : parts.joined(separator: " OR ")
    }

    private mutating func jsonb(_ value: JSONValue) -> String {
        place(.jsonb(JSON.text(value)), "jsonb")
    }

    private mutating func hasID(_ ids: [RecordID]) -> String {
        let possible = ids.filter { id in
            switch (id, shape.idType) {
            case (.int, .integer), (.uuid, .uuid): true
            case (.string(let text), .text): !text.holdsNUL
            default: false
            }
        }
        if possible.isEmpty { return "false" }
        return "(\(shape.id) = ANY(\(place(.ids(possible), shape.idType.array))))"
    }

    /// The field's jsonb, or NULL where it is missing. A field whose own name has dots wins over
    /// the path. Names are literals, so that an index over the same expression is found.
    private func value(_ field: String) -> String {
        switch shape.payload {
        case .document:
            let payload = shape.payloadExpression
            return PostgresFilter.path(field) { "(\(payload) -> \($0))" }
        case .columns(let fields):
            func column(_ name: String) -> String? {
                fields.first { $0.name == name }.map {
                    "to_jsonb(t.\(PostgresShape.quoted($0.column)))"
                }
            }
            let whole = column(field)
            guard let dot = field.firstIndex(of: "."), let head = column(String(field[..<dot]))
            else { return whole ?? "NULL::jsonb" }
            let rest = String(field[field.index(after: dot)...])
            let inner = PostgresFilter.path(rest) { "(\(head) -> \($0))" }
            return whole.map { "coalesce(\($0), \(inner))" } ?? inner
        }
    }

    /// `get` makes the SQL that takes one key, given as a literal, out of an object.
    static func path(_ field: String, _ get: (String) -> String) -> String {
        let whole = get(PostgresText.quoted(literal: field))
        guard let dot = field.firstIndex(of: ".") else { return whole }
        let head = get(PostgresText.quoted(literal: String(field[..<dot])))
        let inner = path(String(field[field.index(after: dot)...])) { "(\(head) -> \($0))" }
        return "coalesce(\(whole), \(inner))"
    }
}

extension String {
    var holdsNUL: Bool { utf8.contains(0) }
}
