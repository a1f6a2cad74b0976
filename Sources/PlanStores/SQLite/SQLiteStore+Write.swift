import PlanCore
import SQLite

extension SQLiteStore {
    package func upsert(_ records: [Record]) async throws {
        try await writer.write("upsert") { database in
            let shape = try self.shapeForWriting(records, database)
            try RecordChecks.check(
                records, in: shape.description, self.capabilities, store: SQLiteFailure.store,
                operation: "upsert")
            let large = records.map(\.id).filter { shape.held($0) == nil }
            guard large.isEmpty else {
                throw StoreError(
                    store: SQLiteFailure.store, operation: "upsert", kind: .refused,
                    message: "the id '\(large[0].text)' is larger than sqlite's integers",
                    isDefinite: true, ids: large)
            }
            try shape.check(records)
            let statement = try database.statement(shape.upsertSQL)
            for record in records {
                if shape.vec0 != nil { try shape.delete(record.id, database) }
                try shape.upsert(record, with: statement)
            }
        }
    }

    /// An empty table of a user's says no dimension: the first record brings it.
    private func shapeForWriting(
        _ records: [Record], _ database: SQLiteDatabase
    ) throws -> SQLiteShape {
        let shape = try self.shape(database)
        guard shape.description.vectors.contains(where: { $0.dimension == 0 }),
            let first = records.first
        else { return shape }
        var description = shape.description
        for index in description.vectors.indices where description.vectors[index].dimension == 0 {
            description.vectors[index].dimension =
                first.vectors[description.vectors[index].name]?.count ?? 0
        }
        return SQLiteShape(
            configuration: configuration, description: description, vec0: shape.vec0)
    }

    package func update(_ patches: [RecordPatch]) async throws -> [RecordID] {
        try await writer.write("update") { database in
            let shape = try self.shape(database)
            let select = try shape.select(.full, database)
            var absent: [RecordID] = []
            for patch in patches {
                guard let held = try shape.get(patch.id, .full, select) else {
                    absent.append(patch.id)
                    continue
                }
                let patched = patch.applied(to: held)
                try RecordChecks.check(
                    [patched], in: shape.description, self.capabilities,
                    store: SQLiteFailure.store, operation: "update")
                try shape.check([patched])
                if shape.vec0 != nil { try shape.delete(patched.id, database) }
                try shape.upsert(patched, database)
            }
            return absent
        }
    }

    package func delete(_ ids: [RecordID]) async throws {
        try await writer.write("delete") { database in
            let shape = try self.shape(database)
            for id in ids { try shape.delete(id, database) }
        }
    }

    package func delete(matching filter: Filter) async throws -> Int? {
        try await writer.write("delete") { database in
            let shape = try self.shape(database)
            let rendered = SQLiteFilter(filter, shape: shape)
            guard let residual = rendered.residual ?? (shape.vec0 == nil ? nil : .and([])) else {
                let statement = try database.statement(
                    "DELETE FROM \(shape.table) WHERE \(rendered.sql)")
                try rendered.bind(to: statement, from: 1)
                try statement.run()
                return database.changes
            }
            let select = try database.statement(
                "SELECT \(shape.columns(.withoutVectors)) FROM \(shape.source) "
                    + "WHERE \(rendered.sql)")
            try rendered.bind(to: select, from: 1)
            defer { select.reset() }
            var doomed: [RecordID] = []
            while try select.step() {
                let record = try shape.record(select, .withoutVectors)
                if residual.matches(record) { doomed.append(record.id) }
            }
            select.reset()
            for id in doomed { try shape.delete(id, database) }
            return doomed.count
        }
    }

    private static let claims = """
        CREATE TABLE IF NOT EXISTS crossfade_claims (
            name TEXT PRIMARY KEY, run TEXT NOT NULL, plan TEXT NOT NULL, host TEXT NOT NULL,
            state TEXT NOT NULL) WITHOUT ROWID
        """

    package func claim(_ claim: RunClaim) async throws -> RunClaim {
        let table = configuration.table
        // A run claims its target before it creates it.
        return try await writer.write("claim", makesFile: true) { database in
            try database.execute(SQLiteStore.claims)
            let insert = try database.statement(
                "INSERT INTO crossfade_claims VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING")
            for (index, text) in [table, claim.run, claim.plan, claim.host, claim.state]
                .enumerated()
            {
                try insert.bind(Int32(index + 1), text)
            }
            try insert.run()
            let select = try database.statement(
                "SELECT run, plan, host, state FROM crossfade_claims WHERE name = ?1")
            try select.bind(1, table)
            defer { select.reset() }
            guard try select.step() else { return claim }
            return RunClaim(
                run: select.text(0), plan: select.text(1), host: select.text(2),
                state: select.text(3))
        }
    }

    package func release(_ claim: RunClaim) async throws {
        guard exists else { return }
        let table = configuration.table
        try await writer.write("release") { database in
            guard try SQLiteCatalog.exists("crossfade_claims", database) else { return }
            let delete = try database.statement(
                "DELETE FROM crossfade_claims WHERE name = ?1 AND run = ?2")
            try delete.bind(1, table)
            try delete.bind(2, claim.run)
            try delete.run()
        }
    }
}
