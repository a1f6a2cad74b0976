import JSON
import PlanCore
import SQLite

extension SQLiteShape {
    func record(_ row: SQLiteStatement, _ projection: Projection) throws -> Record {
        var record = Record(id: recordID(row, 0), vectors: [:])
        if projection == .idsOnly { return record }
        record.payload = try payload(row, 1, of: record.id)
        if projection == .full { addVectors(of: row, to: &record) }
        return record
    }

    /// A whole record that is likely to be carried on as it is.
    func record(_ row: SQLiteStatement, keepingText scan: inout PlainScan) throws -> Record {
        var record = Record(id: recordID(row, 0), vectors: [:])
        // A payload of another type than text is converted by SQLite, as ever.
        if row.kind(1) == .text, let text = scan.payload(row.textBytes(1)) {
            record.payloadText = text
        } else {
            record.payload = try payload(row, 1, of: record.id)
        }
        addVectors(of: row, to: &record)
        return record
    }

    private func addVectors(of row: SQLiteStatement, to record: inout Record) {
        for (offset, vector) in vectors.enumerated() {
            let bytes = row.blob(Int32(2 + offset))
            guard !row.isNull(Int32(2 + offset)) else { continue }
            record[vector: vector.name] = .dense(
                [Float](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 4 * 4)]))
                    count = bytes.count / 4
                })
        }
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
        if let vec0 { return try insert(record, vec0, with: statement) }
        try bind(record.id, to: statement, 1)
        try statement.bind(2, JSON.text(.object(record.payload)))
        for (offset, vector) in vectors.enumerated() {
            if let values = record[vector: vector.name]?.dense {
                try statement.bind(Int32(3 + offset), floats: values)
            } else {
                try statement.bindNull(Int32(3 + offset))
            }
        }
        try statement.run()
    }

    /// sqlite-vec takes no upsert: what is there goes first.
    private func insert(
        _ record: Record, _ vec0: Vec0Table, with statement: SQLiteStatement
    ) throws {
        try bind(record.id, to: statement, 1)
        for (offset, vector) in vectors.enumerated() {
            let values = record[vector: vector.name]?.dense ?? []
            try statement.bind(Int32(2 + offset), floats: values)
        }
        for (offset, field) in vec0.fields.enumerated() {
            let place = Int32(2 + vectors.count + offset)
            switch (field.kind, record.payload[field.name]) {
            case (.real, .int(let value)): try statement.bind(place, Double(value))
            case (_, .int(let value)): try statement.bind(place, value)
            case (_, .double(let value)): try statement.bind(place, value)
            case (_, .bool(let value)): try statement.bind(place, Int64(value ? 1 : 0))
            case (_, .string(let value)): try statement.bind(place, value)
            default: try statement.bindNull(place)
            }
        }
        try statement.run()
    }

    /// Of one record, for `get`.
    func select(_ projection: Projection, _ database: SQLiteDatabase) throws -> SQLiteStatement {
        try database.statement(
            "SELECT \(columns(projection)) FROM \(source) WHERE \(id) = ?1")
    }

    func get(
        _ id: RecordID, _ projection: Projection, _ statement: SQLiteStatement
    ) throws -> Record? {
        guard let id = held(id) else { return nil }
        try bind(id, to: statement, 1)
        defer { statement.reset() }
        return try statement.step() ? try record(statement, projection) : nil
    }

    /// Throws one definite refusal for what sqlite-vec's columns cannot hold.
    func check(_ records: [Record]) throws(StoreError) {
        guard let vec0 else { return }
        for record in records {
            let absent = description.vectors.first { record[vector: $0.name] == nil }
            let reason =
                absent.map { "it has no vector '\($0.name)'" } ?? vec0.refusal(of: record.payload)
            guard let reason else { continue }
            throw StoreError(
                store: SQLiteFailure.store, operation: "upsert", kind: .refused,
                message: "'\(record.id.text.prefix(60))' does not fit: \(reason)",
                isDefinite: true, ids: [record.id])
        }
    }

    func delete(_ id: RecordID, _ database: SQLiteDatabase) throws {
        guard let id = held(id) else { return }
        let statement = try database.statement(
            vec0?.deleteSQL ?? "DELETE FROM \(table) WHERE \(self.id) = ?1")
        try bind(id, to: statement, 1)
        try statement.run()
    }
}
