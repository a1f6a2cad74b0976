import PlanCore
import Postgres
import Synchronization

/// A collection in a table of PostgreSQL with pgvector.
///
/// A few connections, each on a thread of its own. Every write is one transaction under the
/// deadline, which the server enforces too: `statement_timeout`, `lock_timeout`, and for what lies
/// between two statements `transaction_timeout` or `idle_in_transaction_session_timeout`.
package final class PostgresStore: VectorStore {
    package let kind = PostgresFailure.store
    package let capabilities: StoreCapabilities
    package let configuration: PostgresStoreConfiguration

    let pool: PostgresPool
    let copyHope = CopyHope()
    private let shapeMemo = Mutex<PostgresShape?>(nil)

    /// Opens nothing yet: a server that is not there is found out by the first call.
    package init(configuration: PostgresStoreConfiguration) {
        self.configuration = configuration
        pool = PostgresPool(configuration)
        var capabilities = StoreCapabilities()
        capabilities.supportsNamedVectors = true
        capabilities.supportsSparseVectors = true
        // A column that is NOT NULL says so itself.
        capabilities.requiresEveryVector = false
        capabilities.indexKinds = ["hnsw", "ivfflat"]
        capabilities.maximumDimension = 16_000
        capabilities.indexedDimensions = [.float32: 2_000, .float16: 4_000]
        capabilities.refusedIDKinds = [.intOrText]
        // A key of PostgreSQL's B-tree has 2,704 bytes at most.
        capabilities.idBytesLimit = 2_048
        self.capabilities = capabilities
    }

    /// Places of a sparse column that is made here: as many as pgvector allows.
    static let sparsePlaces = 1_000_000_000
    /// Entries of a sparse vector, at most (pgvector's `SPARSEVEC_MAX_NNZ`).
    static let sparseEntriesMax = 16_000

    /// Reads that go over the whole table change nothing and may take longer than a request.
    var patience: Duration { max(configuration.deadline, .seconds(600)) }

    /// The table's shape. Remembered once it is whole: a dimension that nobody knows yet is looked
    /// for again.
    func shape(_ session: PostgresSession) throws -> PostgresShape {
        // The extension may have come after the connection.
        if !session.hasVector { try session.findVector() }
        if let known = shapeMemo.withLock({ $0 }) { return known }
        guard let shape = try PostgresCatalog.shape(configuration, session) else {
            throw PostgresFailure.error(
                .notFound, "the schema '\(session.schema)' has no table '\(configuration.table)'",
                "describe")
        }
        if shape.isSettled {
            shapeMemo.withLock { $0 = shape }
        }
        return shape
    }

    func forgetShape() { shapeMemo.withLock { $0 = nil } }

    /// One call against the table as it is known; if the table is no longer so, it is looked at
    /// again once.
    func run<Result: Sendable>(
        _ operation: String, _ effect: PostgresChannel.Effect, limit: Duration? = nil,
        _ body: @escaping @Sendable (PostgresSession, PostgresShape) throws -> Result
    ) async throws -> Result {
        do {
            return try await pool.run(operation, effect, limit: limit) { session in
                try body(session, try self.shape(session))
            }
        } catch let error as StoreError {
            if error.kind == .notFound || error.kind == .refused { forgetShape() }
            throw error
        }
    }

    package func identity() async throws -> StoreIdentity {
        let table = configuration.table
        return try await pool.run("identity", .none) { session in
            guard let number = try PostgresCatalog.table(table, session) else {
                throw PostgresFailure.error(
                    .notFound, "the schema '\(session.schema)' has no table '\(table)'",
                    "identity")
            }
            let found = try session.connection.once(
                """
                SELECT d.oid::int8, d.datname, has_function_privilege('pg_control_system()',
                    'EXECUTE') FROM pg_database d WHERE d.datname = current_database()
                """)
            var instance = "unknown"
            if found.bool(0, 2) == true {
                let system = try session.connection.once(
                    "SELECT system_identifier FROM pg_control_system()")
                instance = system.integer(0, 0).map { String($0) } ?? instance
            }
            return StoreIdentity(
                kind: PostgresFailure.store,
                instance: "\(instance)/\(found.integer(0, 0) ?? 0)/\(number)",
                collection: "\(found.text(0, 1) ?? "").\(session.schema).\(table)")
        }
    }

    package func describe() async throws -> CollectionDescription? {
        forgetShape()
        return try await pool.run("describe", .none) { session in
            do {
                return try self.shape(session).description
            } catch let error as StoreError where error.kind == .notFound {
                return nil
            }
        }
    }

    package func drop() async throws {
        let table = configuration.table
        try await pool.run("drop", .statement) { session in
            _ = try session.connection.once(
                "DROP TABLE IF EXISTS \(PostgresStore.named(session.schema, table))")
        }
        forgetShape()
    }

    package func rename(to name: String) async throws {
        let table = configuration.table
        try await pool.run("rename", .statement) { session in
            _ = try session.connection.once(
                "ALTER TABLE \(PostgresStore.named(session.schema, table)) "
                    + "RENAME TO \(PostgresShape.quoted(name))")
        }
        forgetShape()
    }

    static func named(_ schema: String, _ table: String) -> String {
        "\(PostgresShape.quoted(schema)).\(PostgresShape.quoted(table))"
    }

    package func checkWritable() async throws {
        let table = configuration.table
        try await pool.run("check", .none) { session in
            let found = try session.connection.once(
                """
                SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
                    current_user
                """)
            if found.bool(0, 0) == true || found.bool(0, 1) == true {
                let reason =
                    found.bool(0, 0) == true
                    ? "the server is a standby"
                    : "the session is read-only"
                throw PostgresFailure.error(
                    .readOnly, "\(reason); connect to the primary, or make it writable", "check")
            }
            let user = found.text(0, 2) ?? ""
            let oid = try PostgresCatalog.table(table, session)
            var parameters = PostgresParameters()
            if let oid { parameters.add(oid) } else { parameters.add(session.schema) }
            let allowed = try session.connection.once(
                oid == nil
                    ? "SELECT coalesce(has_schema_privilege(to_regnamespace(quote_ident($1)), "
                        + "'CREATE'), false)"
                    : "SELECT bool_and(has_table_privilege($1::oid, p)) "
                        + "FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p",
                parameters)
            guard allowed.bool(0, 0) == true else {
                throw PostgresFailure.error(
                    .unauthorized,
                    oid == nil
                        ? "the role '\(user)' may not create tables in '\(session.schema)'; "
                            + "grant it CREATE"
                        : "the role '\(user)' may not change '\(table)'; grant it SELECT, INSERT, "
                            + "UPDATE and DELETE", "check")
            }
        }
    }

    package func close() async { await pool.close() }
}
