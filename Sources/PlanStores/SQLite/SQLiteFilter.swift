import PlanCore
import SQLite

/// A filter as SQL over the payload's JSON, with the meaning of `Filter.matches`: every leaf is 0
/// or 1, never NULL. What SQL cannot say stays in `residual`, for the caller to test row by row.
///
/// A number of more digits than a double has is compared by its nearest double.
struct SQLiteFilter {
    private(set) var sql = ""
    private(set) var values: [Value] = []
    private(set) var residual: Filter?
    private let payload: String
    private let shape: SQLiteShape
    private var leaves = 0

    /// SQLite takes an expression of depth 1,000 and tens of thousands of parameters.
    private static let leavesMax = 300

    enum Value: Hashable, Sendable {
        case text(String), integer(Int64), real(Double)
    }

    init(_ filter: Filter, shape: SQLiteShape) {
        payload = shape.payload
        self.shape = shape
        var parts = [filter]
        if case .and(let several) = filter { parts = several }
        var pushed: [String] = []
        var left: [Filter] = []
        for part in parts {
            let before = values
            if let rendered = render(part) {
                pushed.append(rendered)
            } else {
                values = before
                left.append(part)
            }
        }
        sql = pushed.isEmpty ? "1" : "(" + pushed.joined(separator: " AND ") + ")"
        residual = left.isEmpty ? nil : .and(left)
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
        leaves += 1
        guard leaves <= SQLiteFilter.leavesMax else { return nil }
        switch filter {
        case .and(let parts): return join(parts, " AND ", empty: "1")
        case .or(let parts): return join(parts, " OR ", empty: "0")
        case .not(let part): return render(part).map { "(NOT \($0))" }
        case .hasID(let ids): return render(ids)
        case .exists(let field):
            return paths(field).map { "(\(type($0)) <> '')" }
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
        case .holds(let field, let values): return holds(field, values)
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
        let ids = ids.filter { shape.held($0) == $0 }
        if ids.isEmpty { return "0" }
        guard ids.count <= 500 else { return nil }
        var places: [String] = []
        for wanted in ids {
            if case .int(let value) = wanted {
                places.append(place(.integer(value)))
            } else {
                places.append(place(.text(wanted.text)))
            }
        }
        return "(\(shape.id) IN (\(places.joined(separator: ", "))))"
    }

    /// Where a dotted path may lead, first match first: a field whose own name has dots wins.
    ///
    /// nil for names that JSON may spell in several ways: SQLite compares them as they are written.
    private func paths(_ field: String) -> [String]? {
        guard field.utf8.allSatisfy({ (32..<127).contains($0) && !"\"\\/".utf8.contains($0) })
        else { return nil }
        let parts = field.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty }), parts.count <= 4 else { return nil }
        var found: [String] = []
        for depth in 0..<parts.count {
            let names = parts[..<depth].map(String.init) + [parts[depth...].joined(separator: ".")]
            found.append("$" + names.map { ".\"\($0)\"" }.joined())
        }
        return found
    }

    private mutating func type(_ paths: [String]) -> String {
        let parts = paths.map { "json_type(\(payload), \(place(.text($0))))" }
        return "coalesce(\(parts.joined(separator: ", ")), '')"
    }

    private mutating func extract(_ paths: [String]) -> String {
        let parts = paths.map { "json_extract(\(payload), \(place(.text($0))))" }
        return parts.count == 1 ? parts[0] : "coalesce(\(parts.joined(separator: ", ")))"
    }

    private mutating func equal(_ field: String, _ value: JSONValue) -> String? {
        guard let paths = paths(field) else { return nil }
        switch value {
        case .null: return "(\(type(paths)) = 'null')"
        case .bool(let value): return "(\(type(paths)) = '\(value)')"
        case .string(let text):
            // SQLite ends an extracted text at NUL.
            guard !text.utf8.contains(0) else { return nil }
            return "(\(type(paths)) = 'text' AND \(extract(paths)) = \(place(.text(text))))"
        case .int(let number):
            return equal(paths, .integer(number))
        case .double(let number):
            // An integer beyond 64 bits is read as its nearest double, and so might equal this.
            guard abs(number) < 0x1p63 else { return nil }
            return equal(paths, .real(number))
        case .number, .array, .object: return nil
        }
    }

    private mutating func equal(_ paths: [String], _ number: Value) -> String {
        "(\(type(paths)) IN ('integer', 'real') AND "
            + "coalesce(\(extract(paths)) = \(place(number)), 0))"
    }

    /// `json_each` gives an array's items, or a scalar as the only one.
    private mutating func holds(_ field: String, _ options: [JSONValue]) -> String? {
        guard let paths = paths(field) else { return nil }
        if options.isEmpty { return "0" }
        leaves += options.count
        let type = self.type(paths)
        let place = path(paths)
        var tests: [String] = []
        for option in options {
            guard let test = itemTest(option) else { return nil }
            tests.append(test)
        }
        return "(\(type) NOT IN ('', 'object') AND EXISTS (SELECT 1 FROM json_each(\(payload), "
            + "\(place)) AS e WHERE \(tests.joined(separator: " OR "))))"
    }

    /// The first of the paths that leads somewhere.
    private mutating func path(_ paths: [String]) -> String {
        guard let last = paths.last, paths.count > 1 else { return place(.text(paths[0])) }
        var text = "CASE"
        for path in paths.dropLast() {
            text += " WHEN json_type(\(payload), \(place(.text(path)))) IS NOT NULL "
            text += "THEN \(place(.text(path)))"
        }
        return text + " ELSE \(place(.text(last))) END"
    }

    private mutating func itemTest(_ value: JSONValue) -> String? {
        switch value {
        case .null: return "e.type = 'null'"
        case .bool(let value): return "e.type = '\(value)'"
        case .string(let text):
            guard !text.utf8.contains(0) else { return nil }
            return "(e.type = 'text' AND e.value = \(place(.text(text))))"
        case .int(let number):
            return "(e.type IN ('integer', 'real') AND e.value = \(place(.integer(number))))"
        case .double(let number):
            guard abs(number) < 0x1p63 else { return nil }
            return "(e.type IN ('integer', 'real') AND e.value = \(place(.real(number))))"
        case .number, .array, .object: return nil
        }
    }

    private mutating func compare(_ field: String, _ sign: String, _ bound: Double) -> String? {
        guard let paths = paths(field) else { return nil }
        // Integers beyond 64 bits are extracted as reals, reals beyond a double's as infinite: both
        // are numbers kept as text, which no comparison holds for.
        return "coalesce(CASE \(type(paths)) WHEN 'integer' THEN typeof(\(extract(paths))) = "
            + "'integer' WHEN 'real' THEN abs(\(extract(paths))) < 9e999 ELSE 0 END "
            + "AND CAST(\(extract(paths)) AS REAL) \(sign) \(place(.real(bound))), 0)"
    }
}
