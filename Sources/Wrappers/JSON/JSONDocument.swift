import CSimdjson
import PlanCore

/// A parsed text, for reading parts of it without building the whole: float arrays are decoded
/// straight to `[Float]`.
package final class JSONDocument {
    private let document: OpaquePointer

    package init(bytes: UnsafeRawBufferPointer, depth: Int = JSON.depth) throws(JSONError) {
        var message: UnsafePointer<CChar>?
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard let start, let parsed = cj_parse(start, bytes.count, depth, &message) else {
            throw JSONError(message.map { String(cString: $0) } ?? "the text is empty")
        }
        document = parsed
    }

    deinit { cj_free(document) }

    package var root: JSONNode { JSONNode(cj_root(document), in: self) }
}

/// A value inside a `JSONDocument`, which it keeps alive.
package struct JSONNode {
    private let node: cj_node
    private let document: JSONDocument

    init(_ node: cj_node, in document: JSONDocument) {
        self.node = node
        self.document = document
    }

    package enum Kind: Hashable, Sendable { case null, bool, number, string, array, object }

    package var kind: Kind {
        switch Int(cj_kind(node)) {
        case Int(CJ_NULL): .null
        case Int(CJ_BOOL): .bool
        case Int(CJ_STRING): .string
        case Int(CJ_ARRAY): .array
        case Int(CJ_OBJECT): .object
        default: .number
        }
    }

    /// nil where this is no object or has no such field.
    package subscript(field: String) -> JSONNode? {
        var field = field
        var found = cj_node(tape: nil, at: 0)
        let has = field.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { key in
                cj_find(node, key.baseAddress, key.count, &found)
            }
        }
        return has != 0 ? JSONNode(found, in: document) : nil
    }

    package var string: String? {
        guard kind == .string else { return nil }
        var length = 0
        guard let text = cj_string(node, &length) else { return nil }
        return text.withMemoryRebound(to: UInt8.self, capacity: length) { start in
            String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
        }
    }

    package var bool: Bool? { kind == .bool ? cj_bool(node) != 0 : nil }

    package var int: Int? {
        Int(cj_kind(node)) == Int(CJ_INT) ? Int(cj_int(node)) : nil
    }

    /// nil where this is no array of numbers.
    package var floats: [Float]? {
        guard kind == .array else { return nil }
        let capacity = cj_count(node)
        var isNumbers = true
        let floats = [Float](unsafeUninitializedCapacity: capacity) { buffer, count in
            let read = cj_floats(node, buffer.baseAddress, capacity)
            isNumbers = read >= 0
            count = max(read, 0)
        }
        return isNumbers ? floats : nil
    }

    /// Items of an array; empty for anything else.
    package var items: [JSONNode] { children.map(\.value) }
    /// Fields of an object, in the text's order.
    package var fields: [(key: String, value: JSONNode)] { children }

    private var children: [(key: String, value: JSONNode)] {
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
        return found.list.map { ($0.key, JSONNode($0.node, in: document)) }
    }

    package var value: JSONValue {
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
