import CSimdjson
import PlanCore

/// A parsed text, for reading parts of it without building the whole: float arrays are decoded
/// straight to `[Float]`.
package final class JSONDocument {
    private enum Content {
        case tape(OpaquePointer)
        /// A text with numbers that the tape cannot hold.
        case value(JSONValue)
    }

    private let content: Content

    package init(bytes: UnsafeRawBufferPointer, depth: Int = JSON.depth) throws(JSONError) {
        var message: UnsafePointer<CChar>?
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        if let start, let parsed = cj_parse(start, bytes.count, depth, &message) {
            content = .tape(parsed)
        } else {
            var reader = JSONReader(bytes, depth: depth)
            content = .value(try reader.document())
        }
    }

    package static func parse(
        _ bytes: [UInt8], depth: Int = JSON.depth
    ) throws(JSONError) -> JSONDocument {
        try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            try JSONDocument(bytes: UnsafeRawBufferPointer(buffer), depth: depth)
        }
    }

    deinit {
        if case .tape(let document) = content { cj_free(document) }
    }

    package var root: JSONNode {
        switch content {
        case .tape(let document): JSONNode(tape: cj_root(document), in: self)
        case .value(let value): JSONNode(value)
        }
    }
}
