/// A payload value. Numbers keep what they were: an integer stays an integer, and a number that
/// neither `Int64` nor `Double` holds exactly stays the text it was written as.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    /// A number's own text, where no other case holds it without loss.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// Unordered, as JSON has it. Iterate over `sortedByKey` where the order can be seen.
package typealias JSONObject = [String: JSONValue]

extension [String: JSONValue] {
    package var sortedByKey: [(key: String, value: JSONValue)] {
        sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
    }
}

extension JSONValue {
    /// JSON's equality: `1` and `1.0` are one number; the order of an object's keys is nothing. A
    /// number kept as text equals what has the same decimal value.
    package func isJSONEqual(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.int(let a), .double(let b)), (.double(let b), .int(let a)):
            return Double(a) == b && Int64(exactly: b) == a
        // By bytes: `String`'s own equality would take what was normalised for the same.
        case (.string(let a), .string(let b)): return a.utf8.elementsEqual(b.utf8)
        case (.number(let a), .number(let b)) where a == b: return true
        case (.number, .int), (.number, .double), (.number, .number), (.int, .number),
            (.double, .number):
            guard let decimal else { return false }
            return decimal == other.decimal
        case (.array(let a), .array(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { $0.isJSONEqual(to: $1) }
        case (.object(let a), .object(let b)):
            return a.count == b.count
                && a.allSatisfy { key, value in b[key].map(value.isJSONEqual(to:)) ?? false }
        default:
            return self == other
        }
    }

    /// The first number in it that neither 64 bits nor a double hold; nil where there is none.
    package var unboundedNumber: String? {
        switch self {
        case .number(let text): UInt64(text) == nil ? text : nil
        case .array(let items): items.lazy.compactMap(\.unboundedNumber).first
        case .object(let fields):
            fields.sortedByKey.lazy.compactMap(\.value.unboundedNumber).first
        default: nil
        }
    }

    /// How deep the nesting goes; a scalar is 0.
    package var depth: Int {
        switch self {
        case .array(let items): 1 + (items.map(\.depth).max() ?? 0)
        case .object(let fields): 1 + (fields.values.map(\.depth).max() ?? 0)
        default: 0
        }
    }
}
