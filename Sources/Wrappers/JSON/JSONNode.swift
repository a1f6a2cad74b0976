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
        case .tape(let node, _):
            var length = 0
            guard let text = cj_string(node, &length) else { return nil }
            return text.withMemoryRebound(to: UInt8.self, capacity: length) { start in
                String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
            }
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

    /// Items of an array; empty for anything else.
    package var items: [JSONNode] { kind == .array ? children.map(\.value) : [] }
    /// Fields of an object, in the text's order, or sorted where that is not known; empty for
    /// anything else. A name that comes twice is there twice.
    package var fields: [(key: String, value: JSONNode)] { kind == .object ? children : [] }

    private var children: [(key: String, value: JSONNode)] {
        switch base {
        case .value(.array(let items)): return items.map { ("", JSONNode($0)) }
        case .value(.object(let fields)):
            return fields.sortedByKey.map { ($0.key, JSONNode($0.value)) }
        case .value: return []
        case .tape(let node, let document): return JSONNode.children(of: node, in: document)
        }
    }

    private static func children(
        of node: cj_node, in document: JSONDocument
    ) -> [(key: String, value: JSONNode)] {
        final class Found { var list: [(key: String, node: cj_node)] = [] }
        let found = Found()
        cj_each(node, Unmanaged.passUnretained(found).toOpaque()) { context, key, length, value in
            guard let context else { return 0 }
            let found = Unmanaged<Found>.fromOpaque(context).takeUnretainedValue()
            let name = key.map { start in
                start.withMemoryRebound(to: UInt8.self, capacity: length) {
                    String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
                }
            }
            found.list.append((name ?? "", value))
            return 1
        }
        return found.list.map { ($0.key, JSONNode(tape: $0.node, in: document)) }
    }

    /// The whole of it. Of a name that comes twice, the last counts.
    package var value: JSONValue {
        guard case .tape(let node, _) = base else {
            if case .value(let value) = base { return value }
            return .null
        }
        switch Int(cj_kind(node)) {
        case Int(CJ_NULL): return .null
        case Int(CJ_BOOL): return .bool(cj_bool(node) != 0)
        case Int(CJ_INT): return .int(cj_int(node))
        case Int(CJ_UINT): return .number(String(cj_uint(node)))
        case Int(CJ_DOUBLE): return .double(cj_double(node))
        case Int(CJ_STRING): return .string(string ?? "")
        case Int(CJ_ARRAY): return .array(items.map(\.value))
        default:
            return .object(
                Dictionary(fields.map { ($0.key, $0.value.value) }, uniquingKeysWith: { $1 }))
        }
    }
}
