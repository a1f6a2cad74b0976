import CSimdjson
import PlanCore

/// A value inside a `JSONDocument`, which it keeps alive.
package struct JSONNode {
    private enum Base {
        case tape(cj_node, JSONDocument)
        case value(JSONValue)
    }

    private let base: Base

    init(tape node: cj_node, in document: JSONDocument) { base = .tape(node, document) }
    init(_ value: JSONValue) { base = .value(value) }

    package enum Kind: Hashable, Sendable { case null, bool, number, string, array, object }

    package var kind: Kind {
        switch base {
        case .tape(let node, _):
            switch Int(cj_kind(node)) {
            case Int(CJ_NULL): .null
            case Int(CJ_BOOL): .bool
            case Int(CJ_STRING): .string
            case Int(CJ_ARRAY): .array
            case Int(CJ_OBJECT): .object
            default: .number
            }
        case .value(let value):
            switch value {
            case .null: .null
            case .bool: .bool
            case .int, .double, .number: .number
            case .string: .string
            case .array: .array
            case .object: .object
            }
        }
    }

    /// nil where this is no object or has no such field.
    package subscript(field: String) -> JSONNode? {
        switch base {
        case .tape(let node, let document):
            var field = field
            var found = cj_node(tape: nil, at: 0)
            let has = field.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { key in
                    cj_find(node, key.baseAddress, key.count, &found)
                }
            }
            return has != 0 ? JSONNode(tape: found, in: document) : nil
        case .value(.object(let fields)): return fields[field].map(JSONNode.init)
        case .value: return nil
        }
    }

    package var string: String? {
        guard kind == .string else { return nil }
        switch base {
        case .tape(let node, _): return JSONNode.text(of: node)
        case .value(let value):
            if case .string(let text) = value { return text }
            return nil
        }
    }

    package var bool: Bool? {
        switch base {
        case .tape(let node, _): kind == .bool ? cj_bool(node) != 0 : nil
        case .value(.bool(let value)): value
        case .value: nil
        }
    }

    /// nil where this is no integer, written as one, of 64 bits with a sign.
    package var int: Int? {
        switch base {
        case .tape(let node, _):
            Int(cj_kind(node)) == Int(CJ_INT) ? Int(cj_int(node)) : nil
        case .value(.int(let value)): Int(value)
        case .value: nil
        }
    }

    /// nil where this is no integer, written as one, of 64 bits without a sign.
    package var unsigned: UInt64? {
        switch base {
        case .tape(let node, _):
            switch Int(cj_kind(node)) {
            case Int(CJ_INT): UInt64(exactly: cj_int(node))
            case Int(CJ_UINT): cj_uint(node)
            default: nil
            }
        case .value(.int(let value)): UInt64(exactly: value)
        case .value(.number(let text)): UInt64(text)
        case .value: nil
        }
    }

    /// Any number, as near as a double comes; nil where none comes near.
    package var double: Double? {
        switch base {
        case .tape(let node, _): kind == .number ? cj_double(node) : nil
        case .value(.int(let value)): Double(value)
        case .value(.double(let value)): value
        case .value(.number(let text)):
            Double(text).flatMap { $0.isFinite ? $0 : nil }
        case .value: nil
        }
    }

    /// nil where this is no array of numbers. One beyond float32 becomes an infinity.
    package var floats: [Float]? {
        guard kind == .array else { return nil }
        guard case .tape(let node, _) = base else {
            let numbers = items.map(\.double)
            return numbers.contains(nil) ? nil : numbers.compactMap { $0.map(Float.init) }
        }
        let capacity = cj_count(node)
        var isNumbers = true
        let floats = [Float](unsafeUninitializedCapacity: capacity) { buffer, count in
            let read = cj_floats(node, buffer.baseAddress, capacity)
            isNumbers = read >= 0
            count = max(read, 0)
        }
        return isNumbers ? floats : nil
    }

    /// Of an array or an object; 0 for anything else.
    package var count: Int {
        switch base {
        case .tape(let node, _): cj_count(node)
        case .value(.array(let items)): items.count
        case .value(.object(let fields)): fields.count
        case .value: 0
        }
    }

    private typealias Items = (document: JSONDocument, list: [JSONNode])

    /// Items of an array; empty for anything else.
    package var items: [JSONNode] {
        switch base {
        case .value(.array(let items)): return items.map { JSONNode($0) }
        case .value: return []
        case .tape(let node, let document):
            guard kind == .array else { return [] }
            var items: Items = (document, [])
            items.list.reserveCapacity(cj_count(node))
            withUnsafeMutablePointer(to: &items) { items in
                cj_each(node, items) { context, _, _, value in
                    guard let items = context?.assumingMemoryBound(to: Items.self) else { return 0 }
                    items.pointee.list.append(JSONNode(tape: value, in: items.pointee.document))
                    return 1
                }
            }
            return items.list
        }
    }

    /// Texts among the items of an array, without a node for each; empty for anything else.
    package var strings: [String] {
        guard case .tape(let node, let document) = base, kind == .array else {
            return items.compactMap(\.string)
        }
        var strings: [String] = []
        strings.reserveCapacity(cj_count(node))
        withUnsafeMutablePointer(to: &strings) { strings in
            cj_each(node, strings) { context, _, _, value in
                if Int(cj_kind(value)) == Int(CJ_STRING) {
                    context?.assumingMemoryBound(to: [String].self).pointee.append(
                        JSONNode.text(of: value))
                }
                return 1
            }
        }
        return withExtendedLifetime(document) { strings }
    }

    /// Fields of an object, in the text's order, or sorted where that is not known; empty for
    /// anything else. A name that comes twice is there twice.
    package var fields: [(key: String, value: JSONNode)] {
        switch base {
        case .value(.object(let fields)):
            return fields.sortedByKey.map { ($0.key, JSONNode($0.value)) }
        case .value: return []
        case .tape(let node, let document):
            return kind == .object ? JSONNode.fields(of: node, in: document) : []
        }
    }

    private typealias Fields = (document: JSONDocument, list: [(key: String, value: JSONNode)])

    private static func fields(
        of node: cj_node, in document: JSONDocument
    ) -> [(key: String, value: JSONNode)] {
        var fields: Fields = (document, [])
        fields.list.reserveCapacity(cj_count(node))
        withUnsafeMutablePointer(to: &fields) { fields in
            cj_each(node, fields) { context, key, length, value in
                guard let fields = context?.assumingMemoryBound(to: Fields.self) else { return 0 }
                fields.pointee.list.append(
                    (
                        key.map { JSONNode.text($0, length) } ?? "",
                        JSONNode(tape: value, in: fields.pointee.document)
                    ))
                return 1
            }
        }
        return fields.list
    }

    /// The whole of it. Of a name that comes twice, the last counts.
    package var value: JSONValue {
        switch base {
        case .value(let value): value
        case .tape(let node, let document):
            withExtendedLifetime(document) { JSONNode.value(of: node) }
        }
    }

    /// Whose document is alive.
    static func value(of node: cj_node) -> JSONValue {
        switch Int(cj_kind(node)) {
        case Int(CJ_NULL): .null
        case Int(CJ_BOOL): .bool(cj_bool(node) != 0)
        case Int(CJ_INT): .int(cj_int(node))
        case Int(CJ_UINT): .number(String(cj_uint(node)))
        case Int(CJ_DOUBLE): .double(cj_double(node))
        case Int(CJ_STRING): .string(text(of: node))
        case Int(CJ_ARRAY): .array(items(of: node))
        default: .object(fields(of: node))
        }
    }

    private static func items(of node: cj_node) -> [JSONValue] {
        var items: [JSONValue] = []
        items.reserveCapacity(cj_count(node))
        withUnsafeMutablePointer(to: &items) { items in
            cj_each(node, items) { context, _, _, value in
                context?.assumingMemoryBound(to: [JSONValue].self).pointee.append(
                    JSONNode.value(of: value))
                return 1
            }
        }
        return items
    }

    private static func fields(of node: cj_node) -> JSONObject {
        var fields = JSONObject(minimumCapacity: cj_count(node))
        withUnsafeMutablePointer(to: &fields) { fields in
            cj_each(node, fields) { context, key, length, value in
                let name = key.map { JSONNode.text($0, length) } ?? ""
                context?.assumingMemoryBound(to: JSONObject.self).pointee[name] =
                    JSONNode.value(of: value)
                return 1
            }
        }
        return fields
    }

    private static func text(of node: cj_node) -> String {
        var length = 0
        return cj_string(node, &length).map { text($0, length) } ?? ""
    }

    private static func text(_ start: UnsafePointer<CChar>, _ length: Int) -> String {
        start.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
        }
    }
}
