import JSON
import PlanCore

extension JSONWriter {
    mutating func write(_ id: RecordID) {
        switch id {
        case .int(let value): write(value)
        case .large(let value): write(value)
        case .uuid(let text), .string(let text): write(text)
        }
    }

    mutating func write(_ ids: [RecordID]) {
        array { writer in for id in ids { writer.write(id) } }
    }

    mutating func write(_ vector: Vector) {
        switch vector {
        case .dense(let values): write(values)
        case .sparse(let indices, let values):
            object { writer in
                writer.key("indices")
                writer.array { for index in indices { $0.write(index) } }
                writer.key("values")
                writer.write(values)
            }
        }
    }

    /// The parts that the request asked for; `distance` where it was a search.
    mutating func write(
        _ record: Record, distance: Double? = nil, payload: Bool, vectors: Bool
    ) {
        object { writer in
            writer.key("id")
            writer.write(record.id)
            if let distance {
                writer.key("distance")
                writer.write(distance)
            }
            if vectors { writer.writeVectors(record.vectors) }
            if payload {
                writer.key("payload")
                writer.write(.object(record.payload))
            }
        }
    }

    private mutating func writeVectors(_ vectors: [String: Vector]) {
        if let single = vectors[Record.defaultVector] {
            key("vector")
            write(single)
        }
        let named = vectors.filter { $0.key != Record.defaultVector }
        guard !named.isEmpty else { return }
        key("vectors")
        object { writer in
            for (name, vector) in named.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.write(vector)
            }
        }
    }
}
