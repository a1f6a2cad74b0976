import PlanCore
import SQLite

/// One connection on a thread of its own.
actor SQLiteChannel {
    private nonisolated let executor = ThreadExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let path: String
    private let access: SQLiteDatabase.Access
    private let busyTimeout: Int32
    private var database: SQLiteDatabase?

    init(path: String, access: SQLiteDatabase.Access, busyTimeout: Int32) {
        self.path = path
        self.access = access
        self.busyTimeout = busyTimeout
    }

    /// Runs one call; what SQLite throws comes out as a `StoreError`.
    func run<Result: Sendable>(
        _ operation: String, _ body: @Sendable (SQLiteDatabase) throws -> Result
    ) throws -> Result {
        do {
            return try body(try opened())
        } catch let error as SQLiteError {
            if let database, database.isInTransaction { try? database.execute("ROLLBACK") }
            throw SQLiteFailure.storeError(error, operation, path)
        }
    }

    /// Runs a write in one transaction: all of it, or none.
    func write<Result: Sendable>(
        _ operation: String, _ body: @Sendable (SQLiteDatabase) throws -> Result
    ) throws -> Result {
        try run(operation) { database in
            try database.execute("BEGIN IMMEDIATE")
            let result: Result
            do {
                result = try body(database)
            } catch {
                try? database.execute("ROLLBACK")
                throw error
            }
            do {
                try database.execute("COMMIT")
            } catch {
                guard !database.isInTransaction else {
                    try? database.execute("ROLLBACK")
                    throw error
                }
                throw SQLiteFailure.unknownCommit(error, operation)
            }
            return result
        }
    }

    private func opened() throws -> SQLiteDatabase {
        if let database { return database }
        let opened = try SQLiteDatabase(path: path, access: access, busyTimeout: busyTimeout)
        if access != .readOnly {
            // A read-only file stays in the mode it has.
            try? opened.execute("PRAGMA journal_mode = WAL")
        }
        try opened.execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -16384")
        database = opened
        return opened
    }

    func close() { database = nil }
}
