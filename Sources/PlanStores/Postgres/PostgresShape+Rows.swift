import JSON
import PlanCore
import Postgres

extension PostgresShape {
    func record(
        _ result: PostgresResult, _ row: Int, payload: Bool, vectors includesVectors: Bool
    ) throws -> Record {
        try record(
            result, row, payload: payload, vectors: includesVectors, firstVector: payload ? 2 : 1)
    }

    private func record(
        _ result: PostgresResult, _ row: Int, payload: Bool, vectors includesVectors: Bool,
        firstVector: Int
    ) throws -> Record {
        var record = Record(id: try recordID(result, row), vectors: [:])
        if payload { record.payload = try self.payload(result.bytes(row, 1), of: record.id) }
        guard includesVectors else { return record }
        for (offset, vector) in vectors.enumerated() {
            guard let bytes = result.bytes(row, firstVector + offset) else { continue }
            record[vector: vector.name] = try Self.vector(bytes, vector.kind, of: record.id)
        }
        return record
    }

    /// `keepsText` for rows that are likely to be carried on as they are.
    func records(
        _ result: PostgresResult, _ projection: Projection, keepsText: Bool = false
    ) throws -> [Record] {
        var records: [Record] = []
        records.reserveCapacity(result.count)
        var scan = PlainScan()
        for row in 0..<result.count {
            let text =
                keepsText && projection == .full ? result.bytes(row, 1).flatMap(Self.text) : nil
            let kept = text.flatMap { scan.payload($0) }
            var record = try record(
                result, row, payload: projection != .idsOnly && kept == nil,
                vectors: projection == .full, firstVector: projection == .full ? 2 : 1)
            if let kept { record.payloadText = kept }
            records.append(record)
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

    /// jsonb on the wire: a version, 1, and the text.
    private static func text(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        bytes.first == 1 ? UnsafeRawBufferPointer(rebasing: bytes.dropFirst()) : nil
    }

    private func payload(_ bytes: UnsafeRawBufferPointer?, of id: RecordID) throws -> JSONObject {
        guard let bytes else { return [:] }
        do {
            guard let text = Self.text(bytes) else { throw JSONError("its version is unknown") }
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

    private static func vector(
        _ bytes: UnsafeRawBufferPointer, _ kind: VectorColumn.Kind, of id: RecordID
    ) throws -> Vector {
        var reader = PostgresReader(bytes)
        let found: Vector? =
            kind.isSparse
            ? reader.takeSparseVector().map { .sparse(indices: $0.indices, values: $0.values) }
            : reader.takeVector().map { .dense($0) }
        guard let found else {
            throw StoreError(
                store: PostgresFailure.store, operation: "read", kind: .corrupt,
                message: "the vector of '\(id.text)' cannot be read", isDefinite: true, ids: [id])
        }
        return found
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
