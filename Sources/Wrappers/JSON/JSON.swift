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
        try JSONDocument(bytes: bytes, depth: depth).root.value
    }

    /// Keys sorted; integers as integers; floats as the shortest text that reads back the same.
    package static func text(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        writer.write(value)
        return writer.text
    }
}
