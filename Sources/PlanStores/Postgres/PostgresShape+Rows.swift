import JSON
import PlanCore
import Postgres

extension PostgresShape {
    func record(
        _ result: PostgresResult, _ row: Int, payload: Bool, vectors includesVectors: Bool
    ) throws -> Record {
        var record = Record(id: try recordID(result, row), vectors: [:])
        var column = 1
        if payload {
            record.payload = try self.payload(result.bytes(row, column), of: record.id)
            column += 1
        }
        guard includesVectors else { return record }
        for (offset, vector) in vectors.enumerated() {
            guard let bytes = result.bytes(row, column + offset) else { continue }
            record.vectors[vector.name] = .dense(try Self.vector(bytes, of: record.id))
        }
        return record
    }

    func records(_ result: PostgresResult, _ projection: Projection) throws -> [Record] {
        var records: [Record] = []
        records.reserveCapacity(result.count)
        for row in 0..<result.count {
            records.append(
                try record(
                    result, row, payload: projection != .idsOnly, vectors: projection == .full))
        }
        return records
    }

    func recordID(_ result: PostgresResult, _ row: Int) throws -> RecordID {
        switch idType {
        case .integer: if let value = result.integer(row, 0) { return .int(value) }
        case .text: if let text = result.text(row, 0) { return .string(text) }
        case .uuid:
            if let bytes = result.bytes(row, 0), bytes.count == 16 {
                return .uuid(Self.uuidText(bytes))
            }
        }
        throw PostgresFailure.error(
            .corrupt, "the column '\(idColumn)' holds NULL; ids must not be NULL", "read")
    }

    private func payload(_ bytes: UnsafeRawBufferPointer?, of id: RecordID) throws -> JSONObject {
        guard let bytes else { return [:] }
        do {
            // jsonb on the wire: a version, 1, and the text.
            guard bytes.first == 1 else { throw JSONError("its version is unknown") }
            let text = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
            guard case .object(let fields) = try JSON.parseExactly(bytes: text) else {
                throw JSONError("it is no object")
            }
            return fields
        } catch let error as JSONError {
            throw StoreError(
                store: PostgresFailure.store, operation: "read", kind: .corrupt,
                message: "the payload of '\(id.text)' is no JSON object: \(error)",
                isDefinite: true, ids: [id])
        }
    }

    /// int16 dimension, int16 0, float32 each, all big-endian.
    private static func vector(_ bytes: UnsafeRawBufferPointer, of id: RecordID) throws -> [Float] {
        var reader = PostgresReader(bytes)
        guard let count = reader.take(UInt16.self), reader.take(Int16.self) != nil,
            let floats = reader.take(floats: Int(count))
        else {
            throw StoreError(
                store: PostgresFailure.store, operation: "read", kind: .corrupt,
                message: "the vector of '\(id.text)' cannot be read", isDefinite: true, ids: [id])
        }
        return floats
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func uuidText(_ bytes: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for (index, byte) in bytes.enumerated() {
                if [4, 6, 8, 10].contains(index) {
                    text[place] = UInt8(ascii: "-")
                    place += 1
                }
                text[place] = digits[Int(byte >> 4)]
                text[place + 1] = digits[Int(byte & 15)]
                place += 2
            }
            return place
        }
    }
}
