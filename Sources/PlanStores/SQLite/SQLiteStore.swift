import Glibc
import PlanCore
import SQLite
import Synchronization

/// A collection in a table of a SQLite file: the embedded default. Search is exact.
///
/// Writes go through one connection, reads through a few, each on a thread of its own; WAL lets
/// them run side by side, and every read sees all that was acknowledged before it began.
package final class SQLiteStore: VectorStore {
    package let kind = SQLiteFailure.store
    package let capabilities: StoreCapabilities
    package let configuration: SQLiteStoreConfiguration

    let writer: SQLiteChannel
    private let readers: [SQLiteChannel]
    private let turn = Atomic<Int>(0)
    private let shapeMemo = Mutex<SQLiteShape?>(nil)

    /// Opens nothing yet: a file that is not there is found out by the first call.
    package init(configuration: SQLiteStoreConfiguration) {
        self.configuration = configuration
        let wait = Int32(clamping: Int(configuration.deadline.milliseconds))
        writer = SQLiteChannel(
            path: configuration.path, access: .readWriteCreate, busyTimeout: wait)
        readers = (0..<max(1, configuration.readers)).map { _ in
            SQLiteChannel(path: configuration.path, access: .readWrite, busyTimeout: wait)
        }
        var capabilities = StoreCapabilities()
        capabilities.supportsNamedVectors = true
        capabilities.queueBound = .zero
        self.capabilities = capabilities
    }

    var reader: SQLiteChannel {
        let next = turn.wrappingAdd(1, ordering: .relaxed).newValue
        return readers[Int(UInt(bitPattern: next) % UInt(readers.count))]
    }

    /// The table's shape. Remembered once it is whole: a dimension that nobody knows yet is looked
    /// for again.
    func shape(_ database: SQLiteDatabase) throws -> SQLiteShape {
        if let known = shapeMemo.withLock({ $0 }) { return known }
        guard let description = try SQLiteCatalog.describe(configuration, database) else {
            throw StoreError(
                store: kind, operation: "describe", kind: .notFound,
                message: "'\(configuration.path)' has no table '\(configuration.table)'",
                isDefinite: true)
        }
        let shape = SQLiteShape(configuration: configuration, description: description)
        if description.vectors.allSatisfy({ $0.dimension > 0 }) {
            shapeMemo.withLock { $0 = shape }
        }
        return shape
    }

    func forgetShape() { shapeMemo.withLock { $0 = nil } }

    package func identity() async throws -> StoreIdentity {
        let path = configuration.path
        var info = stat()
        guard stat(path, &info) == 0, let real = realpath(path, nil) else {
            throw StoreError(
                store: kind, operation: "identity", kind: .notFound,
                message: "'\(path)' does not exist", isDefinite: true)
        }
        defer { free(real) }
        return StoreIdentity(
            kind: kind, instance: "\(String(cString: real))#\(info.st_ino)",
            collection: configuration.table)
    }

    package func describe() async throws -> CollectionDescription? {
        guard access(configuration.path, F_OK) == 0 else { return nil }
        return try await reader.run("describe") { database in
            try SQLiteCatalog.describe(self.configuration, database)
        }
    }

    package func create(_ description: CollectionDescription) async throws {
        var description = description
        description.name = configuration.table
        if let sparse = description.vectors.first(where: \.isSparse) {
            throw SQLiteFailure.refused(
                "the vector '\(sparse.name)' is sparse; sqlite holds dense vectors", "create")
        }
        let shape = SQLiteShape(configuration: configuration, description: description)
        let type =
            switch description.idKind {
            case .int: "INTEGER"
            case .text, .uuid: "TEXT"
            case .intOrText, .intOrUUID: ""
            }
        let columns = shape.vectors.map { ", \($0.column) BLOB" }.joined()
        try await writer.write("create") { [description] database in
            guard try !SQLiteCatalog.exists(description.name, database) else {
                throw StoreError(
                    store: SQLiteFailure.store, operation: "create", kind: .alreadyExists,
                    message: "the table '\(description.name)' is there already", isDefinite: true)
            }
            try database.execute(
                "CREATE TABLE \(shape.table) (\(shape.id) \(type) PRIMARY KEY NOT NULL, "
                    + "\(shape.payload) TEXT NOT NULL DEFAULT '{}'\(columns))")
            try SQLiteCatalog.remember(description, database)
        }
        forgetShape()
    }

    package func drop() async throws {
        let table = configuration.table
        try await writer.write("drop") { database in
            try database.execute("DROP TABLE IF EXISTS \(SQLiteShape.quoted(table))")
            try SQLiteCatalog.forget(table, database)
        }
        forgetShape()
    }

    package func rename(to name: String) async throws {
        let table = configuration.table
        try await writer.write("rename") { database in
            if var known = try SQLiteCatalog.describe(self.configuration, database) {
                try SQLiteCatalog.forget(table, database)
                known.name = name
                try SQLiteCatalog.remember(known, database)
            }
            try database.execute(
                "ALTER TABLE \(SQLiteShape.quoted(table)) RENAME TO \(SQLiteShape.quoted(name))")
        }
        forgetShape()
    }

    package func createIndex(_ spec: IndexSpec) async throws {
        throw StoreError(
            store: kind, operation: "create_index", kind: .unsupported,
            message: "sqlite searches exactly and has no vector index; leave the step out",
            isDefinite: true)
    }

    package func dropIndex(_ spec: IndexSpec) async throws {}
    package func indexState(_ spec: IndexSpec) async throws -> IndexState { .absent }

    package func checkWritable() async throws {
        guard access(configuration.path, F_OK) != 0 || access(configuration.path, W_OK) == 0 else {
            throw StoreError(
                store: kind, operation: "check", kind: .readOnly,
                message: "'\(configuration.path)' may not be written; make it writable",
                isDefinite: true)
        }
        try await writer.run("check") { database in
            try database.execute("BEGIN IMMEDIATE; ROLLBACK")
        }
    }

    package func close() async {
        await writer.close()
        for reader in readers { await reader.close() }
    }
}
