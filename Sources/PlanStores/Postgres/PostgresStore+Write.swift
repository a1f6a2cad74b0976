import JSON
import PlanCore
import Postgres

extension PostgresStore {
    /// From how many records on a batch goes through a temporary table and COPY. Below, one
    /// statement over arrays is quicker (measured: see `plan-bench`).
    static let copyThreshold = 1_500

    package func upsert(_ records: [Record]) async throws {
        try await upsert(records, byCopy: records.count >= PostgresStore.copyThreshold)
    }

    /// The same either way; which is quicker depends on how many there are.
    package func upsert(_ records: [Record], byCopy: Bool) async throws {
        let records = PostgresStore.lastOfEach(records)
        guard !records.isEmpty else { return }
        if byCopy {
            try await upsertByCopy(records)
        } else {
            try await upsertByArrays(records)
        }
    }

    /// One of each id, the last, in the ids' order: two batches lock the rows they share in the
    /// same order, and cannot deadlock.
    static func lastOfEach(_ records: [Record]) -> [Record] {
        if zip(records, records.dropFirst()).allSatisfy({ $0.id < $1.id }) { return records }
        var places: [RecordID: Int] = [:]
        places.reserveCapacity(records.count)
        for (place, record) in records.enumerated() { places[record.id] = place }
        return places.values.map { records[$0] }.sorted { $0.id < $1.id }
    }

    func upsertByArrays(_ records: [Record]) async throws {
        try await run("upsert", .statement) { session, shape in
            let records = shape.prepared(records)
            try shape.check(records, self.capabilities, "upsert")
            let width = shape.description.vectors.reduce(64) { $0 + $1.dimension * 4 + 8 }
            var parameters = PostgresParameters(capacity: records.count * (width + 256))
            shape.add(records.map(\.id), to: &parameters)
            parameters.add(
                arrayOf: PostgresType.jsonb, type: PostgresType.jsonbArray, count: records.count
            ) {
                shape.encodePayload(of: records[$0], to: &$1)
                return true
            }
            for vector in shape.vectors {
                let type = session.type(of: vector.kind)
                parameters.add(arrayOf: type.element, type: type.array, count: records.count) {
                    guard let held = records[$0][vector: vector.name] else { return false }
                    PostgresShape.encode(held, as: vector.kind, to: &$1)
                    return true
                }
            }
            try session.connection.query(shape.upsertSQL(from: shape.arraysSQL), parameters)
        }
    }

    func upsertByCopy(_ records: [Record]) async throws {
        try await run("upsert", .transaction) { session, shape in
            let records = shape.prepared(records)
            try shape.check(records, self.capabilities, "upsert")
            let connection = session.connection
            try session.makeBatchTable(shape.batchTableSQL)
            try connection.copyIn(
                "COPY pg_temp.crossfade_batch FROM STDIN (FORMAT binary)", rows: records.count,
                columns: Int16(2 + shape.vectors.count)
            ) { row, buffer in shape.append(records[row], to: &buffer) }
            try connection.query(shape.upsertSQL(from: "pg_temp.crossfade_batch"))
        }
    }

    package func update(_ patches: [RecordPatch]) async throws -> [RecordID] {
        let patches = RecordPatch.merged(patches)
        guard !patches.isEmpty else { return [] }
        return try await run("update", .statement) { session, shape in
            for patch in patches { try shape.check(patch, "update") }
            var parameters = PostgresParameters()
            shape.add(patches.map(\.id), to: &parameters)
            parameters.add(patches.map { JSON.text(.object(shape.named($0.set))) })
            parameters.add(patches.map { shape.removal($0) })
            for vector in shape.vectors {
                let type = session.type(of: vector.kind)
                parameters.add(arrayOf: type.element, type: type.array, count: patches.count) {
                    guard let held = patches[$0].vectors[vector.name] else { return false }
                    PostgresShape.encode(held, as: vector.kind, to: &$1)
                    return true
                }
            }
            let result = try session.connection.query(shape.updateSQL, parameters)
            var found: Set<RecordID> = []
            for row in 0..<result.count { found.insert(try shape.recordID(result, row)) }
            return patches.map(\.id).filter { !found.contains($0) }
        }
    }

    package func delete(_ ids: [RecordID]) async throws {
        let ids = Set(ids).sorted()
        guard !ids.isEmpty else { return }
        try await run("delete", .statement) { session, shape in
            let held = ids.filter { shape.couldHold($0) }
            guard !held.isEmpty else { return }
            var parameters = PostgresParameters(capacity: held.count * 24)
            shape.add(held, to: &parameters)
            try session.connection.query(
                """
                WITH doomed AS MATERIALIZED (SELECT \(shape.id) AS id FROM \(shape.table) AS t
                    WHERE \(shape.id) = ANY($1::\(shape.idType.array))
                    ORDER BY \(shape.orderedID) FOR UPDATE)
                DELETE FROM \(shape.table) AS t USING doomed AS d WHERE \(shape.id) = d.id
                """, parameters)
        }
    }

    package func delete(matching filter: Filter) async throws -> Int? {
        try await run("delete", .statement) { session, shape in
            let rendered = PostgresFilter(filter, shape: shape, first: 1)
            var parameters = PostgresParameters()
            rendered.add(to: &parameters)
            return try session.connection.query(
                "DELETE FROM \(shape.table) AS t WHERE \(rendered.sql)", parameters
            ).affected
        }
    }
}
