import CSimdjson
import PlanCore

/// JSON text ⇄ `JSONValue`. Parsing is simdjson's.
package enum JSON {
    /// Deepest nesting taken unless told otherwise.
    package static let depth = 256

    package static func parse(_ text: String) throws(JSONError) -> JSONValue {
        var text = text
        let result: Result<JSONValue, JSONError> = text.withUTF8 { bytes in
            Result { () throws(JSONError) in try parse(bytes: UnsafeRawBufferPointer(bytes)) }
        }
        return try result.get()
    }

    package static func parse(
        bytes: UnsafeRawBufferPointer, depth: Int = JSON.depth
    ) throws(JSONError) -> JSONValue {
        var root = cj_node(tape: nil, at: 0)
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        if let start, cj_parse_briefly(start, bytes.count, depth, &root) != 0 {
            return JSONNode.value(of: root)
        }
        return try JSONDocument(bytes: bytes, depth: depth).root.value
    }

    /// As `parse`, but a fraction of more digits than a double has stays its text: for stores whose
    /// own numbers are decimal, as PostgreSQL's are.
    package static func parseExactly(
        bytes: UnsafeRawBufferPointer, depth: Int = JSON.depth
    ) throws(JSONError) -> JSONValue {
        // Up to 15 digits in a row, counting past the point, every decimal is a double's own.
        var run = 0
        for byte in bytes {
            switch byte {
            case 48...57: run += 1
            case UInt8(ascii: "."): continue
            default:
                run = 0
                continue
            }
            if run > 15 {
                var reader = JSONReader(bytes, depth: depth, keepsDecimals: true)
                return try reader.document()
            }
        }
        return try parse(bytes: bytes, depth: depth)
    }

    /// Keys sorted; integers as integers; floats as the shortest text that reads back the same.
    package static func text(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        writer.write(value)
        return writer.text
    }
}
