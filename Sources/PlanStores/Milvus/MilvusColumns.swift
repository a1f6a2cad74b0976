import JSON
import PlanCore

/// Records as the columns of one request: `schema.FieldData` of milvus-proto, a field at a time.
struct MilvusColumns: Sendable {
    private static let int64: Int64 = 5
    private static let varChar: Int64 = 21
    private static let json: Int64 = 23
    private static let floatVector: Int64 = 101
    /// Where the server keeps the fields that its schema does not name.
    private static let dynamic = "$meta"

    private let records: [Record]
    private let shape: MilvusShape
    /// Of each field of the schema the values, in the records' order.
    private var declared: [String: [JSONValue]] = [:]
    /// Of each record the other fields, as JSON.
    private var others: [[UInt8]] = []

    /// nil where a record lacks a field of the schema, or a field's type is not known here: what
    /// becomes of it the REST API decides.
    init?(_ records: [Record], _ shape: MilvusShape) {
        guard shape.isColumnar else { return nil }
        self.records = records
        self.shape = shape
        let payload = MilvusPayload(shape)
        for record in records {
            var found = 0
            var writer = JSONWriter()
            var isWhole = true
            writer.object { writer in
                for (field, value) in payload.fields(record.payload) {
                    if let column = shape.columns[field] {
                        isWhole = isWhole && column.holds(value)
                        declared[field, default: []].append(value)
                        found += 1
                    } else {
                        writer.key(field)
                        writer.write(value)
                    }
                }
            }
            guard isWhole, found == shape.columns.count else { return nil }
            others.append(writer.bytes)
        }
    }

    /// `fields_data` of an `UpsertRequest`, and how many rows it has.
    func write(_ writer: inout ProtobufWriter) {
        writer.write(5, key)
        writer.write(5, vector)
        for (name, column) in shape.columns {
            writer.write(5) { field in
                field.write(1, column.type)
                field.write(2, name)
                field.write(3) { column.write(declared[name] ?? [], &$0) }
            }
        }
        if shape.isDynamic { writer.write(5, dynamicFields) }
        writer.write(7, Int64(records.count))
    }

    private func key(_ field: inout ProtobufWriter) {
        field.write(1, shape.isText ? MilvusColumns.varChar : MilvusColumns.int64)
        field.write(2, shape.id)
        field.write(3) { scalars in
            guard shape.isText else {
                scalars.write(3) { $0.write(1, packed: records.map(MilvusColumns.number)) }
                return
            }
            scalars.write(6) { array in
                for record in records { array.write(1, record.id.text) }
            }
        }
    }

    private static func number(_ record: Record) -> Int64 {
        if case .int(let number) = record.id { number } else { 0 }
    }

    private func vector(_ field: inout ProtobufWriter) {
        let dimension = shape.description.vectors[0].dimension
        field.write(1, MilvusColumns.floatVector)
        field.write(2, shape.vector)
        field.write(4) { vectors in
            vectors.write(1, Int64(dimension))
            vectors.write(2) { array in
                array.write(
                    1, packed: records.lazy.map { $0.vector ?? [] },
                    count: records.count * dimension)
            }
        }
    }

    private func dynamicFields(_ field: inout ProtobufWriter) {
        field.write(1, MilvusColumns.json)
        field.write(2, MilvusColumns.dynamic)
        field.write(3) { scalars in
            scalars.write(9) { array in
                for text in others { array.write(1, text) }
            }
        }
        field.write(6, 1)
    }
}
