import JSON
import PlanCore

/// Answers of the native dialect.
enum NativeEncoding {
    static func write(_ id: RecordID, to writer: inout JSONWriter) {
        switch id {
        case .int(let value): writer.write(value)
        case .large(let value): writer.write(value)
        case .uuid(let text), .string(let text): writer.write(text)
        }
    }

    static func write(_ vector: Vector, to writer: inout JSONWriter) {
        switch vector {
        case .dense(let values): writer.write(values)
        case .sparse(let indices, let values):
            writer.object { writer in
                writer.key("indices")
                writer.array { for index in indices { $0.write(index) } }
                writer.key("values")
                writer.write(values)
            }
        }
    }

    static func write(
        _ record: Record, vectors: Bool, payload: Bool, distance: Double? = nil,
        to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.key("id")
            write(record.id, to: &writer)
            if let distance {
                writer.key("distance")
                writer.write(distance)
            }
            if vectors { write(record.vectors, to: &writer) }
            if payload {
                writer.key("payload")
                writer.write(.object(record.payload))
            }
        }
    }

    private static func write(_ vectors: [String: Vector], to writer: inout JSONWriter) {
        let named = vectors.filter { $0.key != Record.defaultVector }
        if let one = vectors[Record.defaultVector] {
            writer.key("vector")
            write(one, to: &writer)
        }
        guard !named.isEmpty else { return }
        writer.key("vectors")
        writer.object { writer in
            for (name, vector) in named.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                write(vector, to: &writer)
            }
        }
    }

    static func fault(_ fault: GatewayFault) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("error")
            writer.object { writer in
                writer.key("code")
                writer.write(fault.code)
                writer.key("message")
                writer.write(fault.message)
                if let hint = fault.hint {
                    writer.key("hint")
                    writer.write(hint)
                }
            }
        }
        return writer.bytes
    }
}
