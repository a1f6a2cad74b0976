import PlanCore

/// The part of JSON Schema 2020-12 that plan schemas use. A keyword that it does not know is an
/// error, so that nothing is left unchecked in silence.
struct SchemaValidator {
    struct Unsupported: Error {
        var keyword: String
    }

    private let root: JSONObject
    private static let annotations: Set = ["$schema", "title", "description", "$defs"]

    init(_ schema: JSONValue) throws {
        guard case .object(let root) = schema else { throw Unsupported(keyword: "not an object") }
        self.root = root
    }

    func accepts(_ value: JSONValue) throws -> Bool { try accepts(value, .object(root)) }

    private func accepts(_ value: JSONValue, _ schema: JSONValue) throws -> Bool {
        switch schema {
        case .bool(let verdict): return verdict
        case .object(let fields):
            for (keyword, argument) in fields.sortedByKey
            where !Self.annotations.contains(keyword) {
                guard try holds(keyword, argument, value, fields) else { return false }
            }
            return true
        default: throw Unsupported(keyword: "schema that is no schema")
        }
    }

    private func holds(
        _ keyword: String, _ argument: JSONValue, _ value: JSONValue, _ schema: JSONObject
    ) throws -> Bool {
        switch (keyword, argument) {
        case ("$ref", .string(let path)): return try accepts(value, definition(path))
        case ("type", .string(let name)): return isOf(name, value)
        case ("type", .array(let names)):
            return names.contains {
                if case .string(let name) = $0 { isOf(name, value) } else { false }
            }
        case ("enum", .array(let words)): return words.contains { $0.isJSONEqual(to: value) }
        case ("const", _): return argument.isJSONEqual(to: value)
        case ("pattern", .string(let pattern)):
            guard case .string(let text) = value else { return true }
            return try text.firstMatch(of: Regex(pattern)) != nil
        case ("minimum", _): return compare(value, argument, >=)
        case ("maximum", _): return compare(value, argument, <=)
        case ("minItems", .int(let least)):
            guard case .array(let items) = value else { return true }
            return items.count >= Int(least)
        case ("maxItems", .int(let most)):
            guard case .array(let items) = value else { return true }
            return items.count <= Int(most)
        case ("items", _):
            guard case .array(let items) = value else { return true }
            return try items.allSatisfy { try accepts($0, argument) }
        case ("required", .array(let keys)):
            guard case .object(let fields) = value else { return true }
            return keys.allSatisfy {
                if case .string(let key) = $0 { fields[key] != nil } else { false }
            }
        case ("properties", .object(let known)):
            guard case .object(let fields) = value else { return true }
            return try fields.sortedByKey.allSatisfy { key, field in
                try known[key].map { try accepts(field, $0) } ?? true
            }
        case ("additionalProperties", _):
            guard case .object(let fields) = value else { return true }
            var known: JSONObject = [:]
            if case .object(let properties) = schema["properties"] { known = properties }
            return try fields.sortedByKey.allSatisfy { key, field in
                try known[key] != nil || accepts(field, argument)
            }
        case ("anyOf", .array(let branches)):
            return try branches.contains { try accepts(value, $0) }
        case ("oneOf", .array(let branches)):
            return try branches.count { try accepts(value, $0) } == 1
        default: throw Unsupported(keyword: keyword)
        }
    }

    private func definition(_ path: String) throws -> JSONValue {
        guard path.hasPrefix("#/$defs/"), case .object(let definitions) = root["$defs"],
            let found = definitions[String(path.dropFirst("#/$defs/".count))]
        else { throw Unsupported(keyword: "$ref \(path)") }
        return found
    }

    private func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array),
            ("object", .object), ("integer", .int), ("number", .int), ("number", .double):
            true
        default: false
        }
    }

    private func compare(
        _ value: JSONValue, _ bound: JSONValue, _ holds: (Double, Double) -> Bool
    ) -> Bool {
        guard let value = number(value), let bound = number(bound) else { return true }
        return holds(value, bound)
    }

    private func number(_ value: JSONValue) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
