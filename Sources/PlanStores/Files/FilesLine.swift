import JSON
import PlanCore

/// A record as a line of a part's `.jsonl`, without its dense vectors:
/// `{"id":7,"vectors":{"words":{"indices":[1],"values":[0.5]}},"payload":{"title":"x"}}`.
struct FilesLine {
    /// Without the newline, and with none inside.
    var bytes: [UInt8]
    /// Where the payload begins; it ends a byte before the line does. 0 in a line that was not
    /// written by us.
    var payload: Int

    init(_ record: Record) {
        var writer = JSONWriter()
        bytes = Array("{\"id\":".utf8) + FilesLine.text(record.id)
        let sparse = record.vectors.filter { $0.value.dense == nil }
        if !sparse.isEmpty {
            FilesLine.write(sparse, to: &writer)
            bytes += FilesLine.vectors + writer.bytes
        }
        bytes += ",\"payload\":".utf8
        payload = bytes.count
        if let text = record.payloadText, !text.bytes.contains(where: { $0 == 10 || $0 == 13 }) {
            bytes += text.bytes
        } else {
            writer = JSONWriter()
            writer.write(.object(record.payload))
            bytes += writer.bytes
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// No text can hold it: quotes within are escaped.
    private static let vectors = Array(",\"vectors\":".utf8)

    private static func write(_ sparse: [String: Vector], to writer: inout JSONWriter) {
        writer.object { writer in
            for (name, vector) in sparse.sorted(by: { $0.key < $1.key }) {
                guard case .sparse(let indices, let values) = vector else { continue }
                writer.key(name)
                writer.object { writer in
                    writer.key("indices")
                    writer.array { for index in indices { $0.write(index) } }
                    writer.key("values")
                    writer.write(values)
                }
            }
        }
    }

    static func value(_ id: RecordID) -> JSONValue {
        switch id {
        case .int(let value): .int(value)
        case .large(let value): .number(String(value))
        case .uuid(let text), .string(let text): .string(text)
        }
    }

    static func text(_ id: RecordID) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value(id))
        return writer.bytes
    }

    /// As a collection of such ids spells it; nil where it holds no such id.
    static func id(
        _ value: JSONValue?, _ kind: CollectionDescription.IDKind
    ) -> RecordID? {
        switch value {
        case .int(let value)?: kind.normalize(.int(value))
        case .number(let text)?: RecordID(integer: text).flatMap(kind.normalize)
        case .string(let text)?: kind.normalize(.string(text))
        default: nil
        }
    }

    /// Whether its head names sparse vectors.
    static func hasVectors(_ line: some Collection<UInt8>, payload: Int) -> Bool {
        payload == 0 || line.prefix(payload).firstRange(of: vectors) != nil
    }

    /// The sparse vectors of a whole line.
    static func vectors(_ root: JSONNode) -> [String: Vector] {
        guard case .object(let fields)? = root["vectors"]?.value else { return [:] }
        var found: [String: Vector] = [:]
        for (name, value) in fields {
            guard case .object(let parts) = value, case .array(let indices)? = parts["indices"],
                case .array(let values)? = parts["values"]
            else { continue }
            found[name] = .sparse(
                indices: indices.compactMap {
                    if case .int(let index) = $0 { UInt32(exactly: index) } else { nil }
                },
                values: values.compactMap {
                    switch $0 {
                    case .int(let value): Float(value)
                    case .double(let value): Float(value)
                    default: nil
                    }
                })
        }
        return found
    }
}
