import Hash
import PlanCore
import Postgres

extension PostgresStore {
    /// Builds with `CREATE INDEX CONCURRENTLY`, on a connection of its own and for as long as it
    /// takes. Another process that builds the same index is waited for; what a build that failed
    /// left behind is dropped first.
    package func createIndex(_ spec: IndexSpec) async throws {
        guard capabilities.indexKinds.contains(spec.kind) else {
            throw PostgresFailure.error(
                .unsupported, "pgvector has no index '\(spec.kind)'; it has hnsw and ivfflat",
                "create_index")
        }
        let builder = PostgresChannel(configuration)
        do {
            while try await indexState(spec) != .ready {
                let isDone = try await PostgresPool.interruptibly(builder) {
                    try await builder.run(
                        "create_index", .statement, since: .now, limit: nil
                    ) { session in
                        try self.build(spec, session)
                    }
                }
                if !isDone { try await Task.sleep(for: .milliseconds(500)) }
            }
        } catch {
            await builder.close()
            throw error
        }
        await builder.close()
    }

    /// False where another session is at it.
    private func build(_ spec: IndexSpec, _ session: PostgresSession) throws -> Bool {
        let index = try plan(spec, session)
        let connection = session.connection
        // A session that *waited* for the lock would hold up the build it waits for.
        let locked = try connection.once(
            "SELECT pg_try_advisory_lock(\(IndexPlan.lockClass), \(index.lock))")
        guard locked.bool(0, 0) == true else { return false }
        defer { connection.unlock(index.lock) }
        // Its builder may have ended between the look at the index and the lock.
        if try isValid(index, session) { return true }
        try connection.run("SET lock_timeout = 0")
        try connection.run("DROP INDEX CONCURRENTLY IF EXISTS \(index.qualified)")
        do {
            try connection.run(index.sql)
        } catch {
            if connection.isOpen {
                connection.deadline = ContinuousClock.now + .seconds(5)
                try? connection.run("DROP INDEX CONCURRENTLY IF EXISTS \(index.qualified)")
            }
            throw error
        }
        return true
    }

    private func isValid(_ index: IndexPlan, _ session: PostgresSession) throws -> Bool {
        var parameters = PostgresParameters()
        parameters.add(session.schema)
        parameters.add(index.name)
        return try session.connection.once(
            """
            SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_index i ON i.indexrelid = c.oid
            WHERE n.nspname = $1 AND c.relname = $2 AND i.indisvalid AND i.indisready
            """, parameters
        ).count > 0
    }

    package func dropIndex(_ spec: IndexSpec) async throws {
        let builder = PostgresChannel(configuration)
        do {
            try await PostgresPool.interruptibly(builder) {
                try await builder.run("drop_index", .statement, since: .now, limit: nil) {
                    session in
                    let index = try self.plan(spec, session)
                    try session.connection.run("SET lock_timeout = 0")
                    try session.connection.run(
                        "DROP INDEX CONCURRENTLY IF EXISTS \(index.qualified)")
                }
            }
        } catch {
            await builder.close()
            throw error
        }
        await builder.close()
    }

    package func indexState(_ spec: IndexSpec) async throws -> IndexState {
        try await pool.run("index_state", .none) { session in
            let index = try self.plan(spec, session)
            var parameters = PostgresParameters()
            parameters.add(session.schema)
            parameters.add(index.name)
            let found = try session.connection.query(
                """
                SELECT i.indisvalid AND i.indisready, p.pid IS NOT NULL,
                    CASE WHEN p.blocks_total > 0
                        THEN least(1, p.blocks_done::float8 / p.blocks_total) END
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_index i ON i.indexrelid = c.oid
                LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = c.oid
                WHERE n.nspname = $1 AND c.relname = $2
                """, parameters)
            let locked = try session.connection.query(
                """
                SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                    WHERE l.locktype = 'advisory' AND d.datname = current_database()
                    AND l.classid::int8 = \(IndexPlan.lockClass) AND l.objsubid = 2
                    AND l.objid::int8 = \(UInt32(bitPattern: index.lock)))
                """)
            let isBuilding = locked.bool(0, 0) == true
            guard found.count > 0 else { return isBuilding ? .building(progress: nil) : .absent }
            if found.bool(0, 0) == true { return .ready }
            let isSeen = found.bool(0, 1) == true
            return isBuilding || isSeen ? .building(progress: found.double(0, 2)) : .invalid
        }
    }

    private func plan(_ spec: IndexSpec, _ session: PostgresSession) throws -> IndexPlan {
        let shape = try shape(session)
        guard let vector = shape.description.vector(spec.vector),
            let column = shape.vectors.first(where: { $0.name == spec.vector })
        else {
            throw PostgresFailure.refused(
                "the collection has no vector '\(spec.vector)'", "create_index")
        }
        if column.kind.isSparse, spec.kind != "hnsw" {
            throw PostgresFailure.error(
                .unsupported, "a sparse vector has no index '\(spec.kind)'; it has hnsw",
                "create_index")
        }
        return IndexPlan(spec, vector, column, shape)
    }
}

extension PostgresConnection {
    /// A lock that stays behind goes with the connection.
    fileprivate func unlock(_ key: Int32) {
        guard isOpen else { return }
        _ = try? once("SELECT pg_advisory_unlock(\(IndexPlan.lockClass), \(key))")
    }
}

/// One index as SQL.
private struct IndexPlan {
    /// The first key of our advisory locks.
    static let lockClass: Int32 = 0x6372_6f73

    let name: String
    let qualified: String
    let sql: String
    /// The second key of the lock that its builder holds.
    let lock: Int32

    init(
        _ spec: IndexSpec, _ vector: VectorSpec, _ column: PostgresShape.VectorColumn,
        _ shape: PostgresShape
    ) {
        name = IndexName.vector(
            schema: shape.schema, table: shape.tableName, column: column.column, spec)
        qualified = PostgresStore.named(shape.schema, name)
        let operators =
            "\(column.kind.word)_\(vector.distance.operatorClassSuffix)"
        let options = spec.parameters.sorted { $0.key < $1.key }
            .map { "\(PostgresShape.quoted($0.key)) = \($0.value)" }.joined(separator: ", ")
        sql =
            "CREATE INDEX CONCURRENTLY \(PostgresShape.quoted(name)) ON \(shape.table) "
            + "USING \(spec.kind) (\(PostgresShape.quoted(column.column)) \(operators))"
            + (options.isEmpty ? "" : " WITH (\(options))")
        let digest = SHA.sha256(name.utf8)
        lock = digest.prefix(4).reduce(0) { $0 << 8 | Int32($1) }
    }
}
