import JSON
import PlanCore
import SQLite

extension SQLiteShape {
    func record(_ row: SQLiteStatement, _ projection: Projection) throws -> Record {
        let id = recordID(row, 0)
        if projection == .idsOnly { return Record(id: id, vectors: [:]) }
        var record = Record(id: id, vectors: [:], payload: try payload(row, 1, of: id))
        guard projection == .full else { return record }
        for (offset, vector) in vectors.enumerated() {
            let bytes = row.blob(Int32(2 + offset))
            guard !row.isNull(Int32(2 + offset)) else { continue }
            record.vectors[vector.name] = .dense(
                [Float](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 4 * 4)]))
                    count = bytes.count / 4
                })
        }
        return record
    }

    func payload(_ row: SQLiteStatement, _ column: Int32, of id: RecordID) throws -> JSONObject {
        if row.isNull(column) { return [:] }
        do {
            guard case .object(let fields) = try JSON.parseExactly(bytes: row.textBytes(column))
            else { throw JSONError("it is no object") }
            return fields
        } catch let error as JSONError {
            throw StoreError(
                store: SQLiteFailure.store, operation: "read", kind: .corrupt,
                message: "the payload of '\(id.text)' is no JSON object: \(error.message)",
                isDefinite: true, ids: [id])
        }
    }

    func upsert(_ record: Record, _ database: SQLiteDatabase) throws {
        try upsert(record, with: try database.statement(upsertSQL))
    }

    func upsert(_ record: Record, with statement: SQLiteStatement) throws {
        try bind(record.id, to: statement, 1)
        try statement.bind(2, JSON.text(.object(record.payload)))
        for (offset, vector) in vectors.enumerated() {
            if let values = record.vectors[vector.name]?.dense {
                try statement.bind(Int32(3 + offset), floats: values)
            } else {
                try statement.bindNull(Int32(3 + offset))
            }
        }
        try statement.run()
    }

    func get(
        _ id: RecordID, _ projection: Projection, _ database: SQLiteDatabase
    ) throws -> Record? {
        guard let id = held(id) else { return nil }
        let statement = try database.statement(
            "SELECT \(columns(projection)) FROM \(table) WHERE \(self.id) = ?1")
        try bind(id, to: statement, 1)
        defer { statement.reset() }
        return try statement.step() ? try record(statement, projection) : nil
    }

    func delete(_ id: RecordID, _ database: SQLiteDatabase) throws {
        guard let id = held(id) else { return }
        let statement = try database.statement("DELETE FROM \(table) WHERE \(self.id) = ?1")
        try bind(id, to: statement, 1)
        try statement.run()
    }
}
