import Glibc
import PlanCore
import SQLite

/// One connection on a thread of its own.
actor SQLiteChannel {
    private nonisolated let executor = ThreadExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let configuration: SQLiteStoreConfiguration
    private let access: SQLiteDatabase.Access
    private let busyTimeout: Int32
    private let mapsFile: Bool
    private var database: SQLiteDatabase?

    private var path: String { configuration.path }

    /// `mapsFile` for walks of the whole table again and again: read in place, they copy no page.
    /// What is mapped counts as this process's memory, so what walks it once does not map it.
    init(
        _ configuration: SQLiteStoreConfiguration, access: SQLiteDatabase.Access,
        busyTimeout: Int32, mapsFile: Bool = false
    ) {
        self.configuration = configuration
        self.access = access
        self.busyTimeout = busyTimeout
        self.mapsFile = mapsFile
    }

    /// Runs one call; what SQLite throws comes out as a `StoreError`.
    func run<Result: Sendable>(
        _ operation: String, makesFile: Bool = false,
        _ body: @Sendable (SQLiteDatabase) throws -> Result
    ) throws -> Result {
        do {
            guard database != nil || makesFile || Glibc.access(path, F_OK) == 0 else {
                throw SQLiteFailure.missing(configuration, operation)
            }
            return try body(try opened())
        } catch let error as SQLiteError {
            if let database, database.isInTransaction { try? database.execute("ROLLBACK") }
            throw SQLiteFailure.storeError(error, operation, path)
        }
    }

    /// Runs a write in one transaction: all of it, or none.
    func write<Result: Sendable>(
        _ operation: String, makesFile: Bool = false,
        _ body: @Sendable (SQLiteDatabase) throws -> Result
    ) throws -> Result {
        let path = self.path
        return try run(operation, makesFile: makesFile) { database in
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
            } catch let error as SQLiteError {
                // Still open: nothing was written. Closed by SQLite itself: nobody knows.
                let isOpen = database.isInTransaction
                if isOpen { try? database.execute("ROLLBACK") }
                throw SQLiteFailure.storeError(error, operation, path, isDefinite: isOpen)
            }
            return result
        }
    }

    private func opened() throws -> SQLiteDatabase {
        if let database { return database }
        let opened = try SQLiteDatabase(path: path, access: access, busyTimeout: busyTimeout)
        // Only what writes changes a file's mode; where it cannot be changed now, it stays.
        if access == .readWriteCreate { try? opened.execute("PRAGMA journal_mode = WAL") }
        try opened.execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -16384")
        if let path = configuration.extensionPath {
            try opened.load(extension: path)
            try opened.defineShortest()
        }
        if mapsFile { try opened.execute("PRAGMA mmap_size = 4294967296") }
        database = opened
        return opened
    }

    func close() { database = nil }
}
