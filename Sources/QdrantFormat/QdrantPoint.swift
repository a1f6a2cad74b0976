import JSON
import PlanCore

/// Points as JSON, both ways.
package enum QdrantPoint {
    /// Whether a point can have this id at all.
    package static func couldBe(_ id: RecordID) -> Bool {
        switch id {
        case .int(let value): value >= 0
        case .large, .uuid: true
        case .string: false
        }
    }

    package static func json(_ id: RecordID) -> JSONValue {
        switch id {
        case .int(let value): .int(value)
        case .large(let value): .number(String(value))
        case .uuid(let text), .string(let text): .string(text)
        }
    }

    /// nil where this is no id of a point.
    package static func id(_ node: JSONNode) -> RecordID? {
        if let value = node.unsigned {
            return Int64(exactly: value).map(RecordID.int) ?? .large(value)
        }
        return node.string.flatMap(RecordID.init(uuid:))
    }

    /// The least id above, in the order in which points are scrolled; nil where there is none.
    package static func successor(_ id: RecordID) -> RecordID? {
        switch id {
        case .int(let value): return value == .max ? .large(1 << 63) : .int(value + 1)
        case .large(let value): return value == .max ? RecordID(uuid: zero) : .large(value + 1)
        case .uuid(let text):
            var digits = Array(text.utf8)
            for place in digits.indices.reversed() where digits[place] != UInt8(ascii: "-") {
                switch digits[place] {
                case UInt8(ascii: "f"):
                    digits[place] = UInt8(ascii: "0")
                    continue
                case UInt8(ascii: "9"): digits[place] = UInt8(ascii: "a")
                default: digits[place] += 1
                }
                return RecordID(uuid: String(decoding: digits, as: UTF8.self))
            }
            return nil
        case .string: return nil
        }
    }

    private static let zero = "00000000-0000-0000-0000-000000000000"

    package static func write(_ vectors: [String: Vector], to writer: inout JSONWriter) {
        if vectors.count == 1, let only = vectors[Record.defaultVector]?.dense {
            writer.write(only)
            return
        }
        writer.object { writer in
            for (name, vector) in vectors.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                write(vector, to: &writer)
            }
        }
    }

    package static func write(_ vector: Vector, to writer: inout JSONWriter) {
        switch vector {
        case .dense(let floats): writer.write(floats)
        case .sparse(let indices, let values):
            writer.object { writer in
                writer.key("indices")
                writer.array { for index in indices { $0.write(index) } }
                writer.key("values")
                writer.write(values)
            }
        }
    }

    package static func write(_ record: Record, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("id")
            writer.write(json(record.id))
            writer.key("vector")
            write(record.vectors, to: &writer)
            writer.key("payload")
            writer.write(.object(record.payload))
        }
    }

    /// nil where the answer is no point.
    package static func record(_ node: JSONNode) -> Record? {
        guard let text = node["id"], let id = id(text) else { return nil }
        var record = Record(id: id, vectors: [:])
        if let payload = node["payload"], case .object(let fields) = payload.value {
            record.payload = fields
        }
        guard let vector = node["vector"], vector.kind != .null else { return record }
        if vector.kind == .array {
            guard let floats = vector.floats else { return nil }
            record.vectors[Record.defaultVector] = .dense(floats)
            return record
        }
        for (name, part) in vector.fields {
            guard let vector = self.vector(part) else { return nil }
            record.vectors[name] = vector
        }
        return record
    }

    private static func vector(_ node: JSONNode) -> Vector? {
        if let floats = node.floats { return .dense(floats) }
        guard let values = node["values"]?.floats,
            let places = node["indices"]?.items
        else { return nil }
        let indices = places.compactMap { $0.unsigned.flatMap(UInt32.init(exactly:)) }
        guard indices.count == places.count, indices.count == values.count else { return nil }
        // The engine sorts them; older ones gave them back as they came.
        let order = indices.indices.sorted { indices[$0] < indices[$1] }
        return .sparse(indices: order.map { indices[$0] }, values: order.map { values[$0] })
    }
}
