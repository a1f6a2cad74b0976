import PlanCore
import Postgres

/// An open connection whose session is set up: search path pinned, limits given to the server.
final class PostgresSession {
    let connection: PostgresConnection
    /// The schema that holds the table, or would be given it.
    let schema: String
    /// Where the extension lives; nil where it is not there.
    private(set) var vectorSchema: String?
    private(set) var vectorVersion = ""
    /// The object ids of a type and of arrays of it.
    struct TypeIDs: Hashable {
        var element: UInt32
        var array: UInt32
    }

    /// Of `vector`; nil where the extension is not there.
    private var vectorType: TypeIDs?
    /// Of `sparsevec`, which came with version 0.7.
    private var sparseType: TypeIDs?
    /// The SQL that this connection's temporary table for batches was made with.
    private(set) var batchTable: String?
    private var newBatchTable: String?
    /// The server's `statement_timeout` as it is now, in milliseconds.
    private(set) var statementLimit: Int
    private var searchSettings: [String] = []

    init(
        _ configuration: PostgresStoreConfiguration, interrupt: PostgresInterrupt,
        deadline: ContinuousClock.Instant
    ) throws(PostgresError) {
        var options = PostgresConnection.Options(
            connection: configuration.connection.reveal(),
            applicationName: configuration.applicationName)
        options.connectTimeout = min(configuration.deadline, .seconds(5))
        let limit = PostgresSession.milliseconds(configuration.deadline)
        statementLimit = limit
        options.settings = [
            """
            SET client_min_messages = warning; SET standard_conforming_strings = on;
            SET datestyle = 'ISO'; SET timezone = 'UTC'; SET jit = off; SET row_security = off;
            SET default_transaction_isolation = 'read committed';
            SET statement_timeout = \(limit); SET lock_timeout = \(limit);
            SET idle_in_transaction_session_timeout = \(min(limit, 4_000))
            """
        ]
        connection = try PostgresConnection(options, interrupt: interrupt, deadline: deadline)
        do throws(PostgresError) {
            schema = try PostgresSession.findSchema(configuration, connection)
            try connection.run("SET search_path = pg_catalog")
        } catch {
            connection.close()
            throw error.kind == .lost ? PostgresError(.notConnected, error.message) : error
        }
        try findVector()
    }

    static func milliseconds(_ duration: Duration) -> Int {
        max(1, Int(clamping: Int64(duration.milliseconds.rounded(.up))))
    }

    private static func findSchema(
        _ configuration: PostgresStoreConfiguration, _ connection: PostgresConnection
    ) throws(PostgresError) -> String {
        if let schema = configuration.schema { return schema }
        var parameters = PostgresParameters()
        parameters.add(PostgresText.quoted(identifier: configuration.table))
        let found = try connection.once(
            """
            SELECT coalesce((SELECT n.nspname FROM pg_catalog.pg_class c
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE c.oid = pg_catalog.to_regclass($1)), pg_catalog.current_schema(), 'public')
            """, parameters)
        return found.text(0, 0) ?? "public"
    }

    /// Inside a transaction: the table is there for good only once that commits.
    func makeBatchTable(_ sql: String) throws(PostgresError) {
        if batchTable == sql { return }
        try connection.run("DROP TABLE IF EXISTS pg_temp.crossfade_batch; " + sql)
        newBatchTable = sql
    }

    func didBegin() { newBatchTable = nil }

    func didCommit() { batchTable = newBatchTable ?? batchTable }

    /// Looks for the extension, and pins the search path to where it is.
    func findVector() throws(PostgresError) {
        let found = try connection.once(
            """
            SELECT n.nspname, e.extversion, t.oid, t.typarray, s.oid, s.typarray,
                current_setting('hnsw.ef_search', true)
            FROM pg_extension e
            JOIN pg_namespace n ON n.oid = e.extnamespace
            JOIN pg_type t ON t.typname = 'vector' AND t.typnamespace = n.oid
            LEFT JOIN pg_type s ON s.typname = 'sparsevec' AND s.typnamespace = n.oid
            WHERE e.extname = 'vector'
            """)
        guard found.count > 0, let schema = found.text(0, 0) else { return }
        vectorSchema = schema
        vectorVersion = found.text(0, 1) ?? ""
        vectorType = PostgresSession.type(found, 2)
        sparseType = PostgresSession.type(found, 4)
        efSearchDefault = found.text(0, 6).flatMap { Int($0) } ?? efSearchDefault
        try connection.run(
            "SET search_path = pg_catalog, \(PostgresText.quoted(identifier: schema))")
    }

    private static func type(_ found: PostgresResult, _ column: Int) -> TypeIDs? {
        guard let element = found.integer(0, column), let array = found.integer(0, column + 1)
        else { return nil }
        return TypeIDs(
            element: UInt32(truncatingIfNeeded: element), array: UInt32(truncatingIfNeeded: array))
    }

    var hasVector: Bool { vectorType != nil }

    /// What values of a column are sent as.
    func type(of kind: PostgresShape.VectorColumn.Kind) -> TypeIDs {
        (kind.isSparse ? sparseType : vectorType) ?? TypeIDs(element: 0, array: 0)
    }

    /// What the role or the database has set for `hnsw.ef_search`; 40 is pgvector's own.
    private var efSearchDefault = 40

    /// Settings of a search, sent when they are not what the session has already.
    /// - Parameter efSearch: nil for the role's own; where that is `atLeast`, it is not lowered.
    func tune(efSearch: Int?, atLeast: Bool = false, probes: Int?) throws(PostgresError) {
        let efSearch = efSearch.flatMap { atLeast && $0 <= efSearchDefault ? nil : $0 }
        var wanted: [String] = []
        if hasIterativeScan {
            wanted.append("SET hnsw.iterative_scan = strict_order")
            wanted.append("SET ivfflat.iterative_scan = relaxed_order")
        }
        wanted.append(efSearch.map { "SET hnsw.ef_search = \($0)" } ?? "RESET hnsw.ef_search")
        wanted.append(probes.map { "SET ivfflat.probes = \($0)" } ?? "RESET ivfflat.probes")
        if wanted == searchSettings { return }
        try connection.run(wanted.joined(separator: "; "))
        searchSettings = wanted
    }

    /// Since 0.8 an index scan goes on until a filter has let through enough.
    private var hasIterativeScan: Bool {
        let parts = vectorVersion.split(separator: ".").compactMap { Int($0) }
        return parts.count >= 2 && (parts[0], parts[1]) >= (0, 8)
    }

    func limitStatements(to milliseconds: Int) throws(PostgresError) {
        if milliseconds == statementLimit { return }
        try connection.run("SET statement_timeout = \(milliseconds)")
        statementLimit = milliseconds
    }
}
