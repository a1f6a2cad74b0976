import PlanCore
import SQLite

/// Snapshots of the ledger, on a connection and a thread of their own, so that a read never waits
/// for somebody's commit.
actor LedgerReader {
    private nonisolated let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let database: SQLiteDatabase
    private let path: String
    private let identity: FileIdentity

    init(path: String, identity: FileIdentity, executor: any SerialExecutor) throws {
        do {
            database = try SQLiteDatabase(path: path, access: .readWrite, busyTimeout: 5_000)
            try database.execute("PRAGMA query_only = ON")
        } catch {
            throw SQLiteLedger.failure(error)
        }
        self.path = path
        self.identity = identity
        self.executor = executor
    }

    func read<Value: Sendable>(
        _ body: @Sendable (any LedgerTransaction) throws -> Value
    ) throws -> Value {
        guard FileIdentity(path: path) == identity else {
            throw LedgerError.lost("'\(path)' was deleted or replaced")
        }
        do {
            try database.execute("BEGIN")
            defer { try? database.execute("COMMIT") }
            return try body(SQLiteTransaction(database: database))
        } catch {
            throw SQLiteLedger.failure(error)
        }
    }
}
