import JSON
import PlanCore
import Postgres

extension PostgresShape {
    func encode(_ id: RecordID, to buffer: inout PostgresBuffer) {
        switch id {
        case .int(let value): buffer.append(value)
        case .large(let value): buffer.append(value)
        case .string(let text): buffer.append(utf8: text)
        case .uuid(let text) where idType == .text: buffer.append(utf8: text)
        case .uuid(let text):
            var high: UInt8?
            for byte in text.utf8 where byte != UInt8(ascii: "-") {
                let digit = byte < 0x3a ? byte - 0x30 : byte - 0x57
                if let first = high {
                    buffer.append(first << 4 | digit)
                    high = nil
                } else {
                    high = digit
                }
            }
        }
    }

    /// As `kind.wire` is sent.
    static func encode(
        _ vector: Vector, as kind: VectorColumn.Kind, to buffer: inout PostgresBuffer
    ) {
        switch (vector, kind) {
        case (.dense(let floats), _): buffer.append(vector: floats)
        case (.sparse(let indices, let values), .sparse(let size)):
            buffer.append(indices: indices, values: values, size: size)
        case (.sparse, _): break
        }
    }

    /// What pgvector says of a sparse vector that it does not take; nil of any other.
    func unfit(_ vector: Vector, _ name: String) -> String? {
        guard case .sparse(let indices, let values) = vector,
            case .sparse(let size)? = vectors.first(where: { $0.name == name })?.kind
        else { return nil }
        if let last = indices.max(), last >= size {
            return "has an entry at \(last); the column has places 0 to \(size - 1)"
        }
        let count = values.count { $0 != 0 }
        if count > PostgresStore.sparseEntriesMax {
            return "has \(count) entries; at most \(PostgresStore.sparseEntriesMax) fit"
        }
        return nil
    }

    func encode(_ payload: JSONObject, to buffer: inout PostgresBuffer) {
        var writer = JSONWriter()
        writer.write(.object(named(payload)))
        writer.bytes.withUnsafeBytes { buffer.append(jsonb: $0) }
    }

    /// What was kept as its text goes as it is, where one column holds the whole of it.
    func encodePayload(of record: Record, to buffer: inout PostgresBuffer) {
        guard let text = record.payloadText, case .document = payload else {
            return encode(record.payload, to: &buffer)
        }
        text.bytes.withUnsafeBytes { buffer.append(jsonb: $0) }
    }

    /// Payloads that are spread over columns are looked at several times.
    func prepared(_ records: [Record]) -> [Record] {
        guard case .columns = payload else { return records }
        return records.map { record in
            var record = record
            record.readPayload()
            return record
        }
    }

    /// The fields of a row of COPY: the id, the payload, the vectors.
    func append(_ record: Record, to buffer: inout PostgresBuffer) {
        buffer.appendField {
            encode(record.id, to: &$0)
            return true
        }
        buffer.appendField {
            encodePayload(of: record, to: &$0)
            return true
        }
        for vector in vectors {
            buffer.appendField {
                guard let held = record[vector: vector.name] else { return false }
                Self.encode(held, as: vector.kind, to: &$0)
                return true
            }
        }
    }

    /// With columns in place of fields, where the table has a column for each.
    func named(_ payload: JSONObject) -> JSONObject {
        guard case .columns(let fields) = self.payload else { return payload }
        var columns: JSONObject = [:]
        for field in fields { columns[field.column] = payload[field.name] }
        return columns
    }

    func add(_ ids: [RecordID], to parameters: inout PostgresParameters) {
        parameters.add(arrayOf: idType.elementType, type: idType.arrayType, count: ids.count) {
            encode(ids[$0], to: &$1)
            return true
        }
    }

    func add(_ id: RecordID, to parameters: inout PostgresParameters) {
        parameters.add(type: idType.elementType) { encode(id, to: &$0) }
    }

    /// Throws one definite refusal for what PostgreSQL could not hold.
    func check(
        _ records: [Record], _ limits: StoreCapabilities, _ operation: String
    ) throws(StoreError) {
        try RecordChecks.check(
            records, in: described(by: records.first), limits, store: PostgresFailure.store,
            operation: operation)
        for record in records {
            for vector in vectors where vector.kind.isSparse {
                guard let held = record[vector: vector.name],
                    let unfit = unfit(held, vector.name)
                else { continue }
                throw PostgresFailure.refused(
                    "the vector '\(vector.name)' \(unfit)", operation, ids: [record.id])
            }
            // What was kept as its text holds no NUL.
            if record.payloadText != nil, case .document = payload { continue }
            try check(record.payload, of: record.id, operation)
        }
    }

    /// A column without a declared dimension takes the first record's.
    private func described(by record: Record?) -> CollectionDescription {
        var description = self.description
        for index in description.vectors.indices
        where description.vectors[index].dimension == 0 && !description.vectors[index].isSparse {
            description.vectors[index].dimension =
                record?.vectors[description.vectors[index].name]?.count ?? 0
        }
        return description
    }

    func check(
        _ payload: JSONObject, of id: RecordID, _ operation: String
    ) throws(StoreError) {
        if JSONValue.object(payload).holdsNUL {
            throw PostgresFailure.refused(
                "the payload of '\(id.text.prefix(60))' holds NUL (U+0000), which PostgreSQL "
                    + "cannot store; replace the character", operation, ids: [id])
        }
        guard case .columns(let fields) = self.payload else { return }
        for (field, value) in payload.sortedByKey
        where value != .null && !fields.contains(where: { $0.name == field }) {
            throw PostgresFailure.refused(
                "the field '\(field)' of '\(id.text.prefix(60))' has no column in "
                    + "'\(tableName)'; give it one, or drop it in the mapping", operation,
                ids: [id])
        }
    }
}

extension JSONValue {
    /// Whether any text in it, keys included, holds U+0000.
    var holdsNUL: Bool {
        switch self {
        case .string(let text): text.utf8.contains(0)
        case .array(let items): items.contains(where: \.holdsNUL)
        case .object(let fields):
            fields.contains { $0.key.utf8.contains(0) || $0.value.holdsNUL }
        default: false
        }
    }
}
