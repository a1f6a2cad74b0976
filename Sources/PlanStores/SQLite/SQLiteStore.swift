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
    private let searchers: [SQLiteChannel]
    private let turn = Atomic<Int>(0)
    private let shapeMemo = Mutex<(version: Int64, shape: SQLiteShape)?>(nil)

    /// Opens nothing yet: a file that is not there is found out by the first call.
    package init(configuration: SQLiteStoreConfiguration) {
        self.configuration = configuration
        let wait = Int32(clamping: Int(configuration.deadline.milliseconds))
        writer = SQLiteChannel(
            configuration, access: .readWriteCreate, busyTimeout: wait)
        readers = (0..<max(1, configuration.readers)).map { _ in
            SQLiteChannel(configuration, access: .readWrite, busyTimeout: wait)
        }
        searchers = readers.map { _ in
            SQLiteChannel(configuration, access: .readWrite, busyTimeout: wait, mapsFile: true)
        }
        var capabilities = StoreCapabilities()
        capabilities.supportsNamedVectors = true
        capabilities.queueBound = .zero
        self.capabilities = capabilities
    }

    var exists: Bool { access(configuration.path, F_OK) == 0 }

    var reader: SQLiteChannel { readers[nextPlace()] }
    /// For whole walks: they make no read by id wait.
    var searcher: SQLiteChannel { searchers[nextPlace()] }

    private func nextPlace() -> Int {
        let next = turn.wrappingAdd(1, ordering: .relaxed).newValue
        return Int(UInt(bitPattern: next) % UInt(readers.count))
    }

    /// The table's shape. Remembered once it is whole, until any process changes a table: a
    /// dimension that nobody knows yet is looked for again.
    func shape(_ database: SQLiteDatabase) throws -> SQLiteShape {
        let version = try SQLiteCatalog.schemaVersion(database)
        if let known = shapeMemo.withLock({ $0 }), known.version == version { return known.shape }
        guard let description = try SQLiteCatalog.describe(configuration, database) else {
            throw SQLiteFailure.missing(configuration, "describe")
        }
        let shape = SQLiteShape(
            configuration: configuration, description: description,
            vec0: try SQLiteCatalog.vec0(configuration, database))
        if description.vectors.allSatisfy({ $0.dimension > 0 }) {
            shapeMemo.withLock { $0 = (version, shape) }
        }
        return shape
    }

    /// The file by its real path and inode: a copy, or a backup put back, is another database, so
    /// that a run does not go on against data that lacks its acknowledged writes. A device number
    /// would change with a reboot, an id kept inside the file would be copied with it.
    package func identity() async throws -> StoreIdentity {
        let path = configuration.path
        var info = stat()
        guard try await describe() != nil, stat(path, &info) == 0, let real = realpath(path, nil)
        else { throw SQLiteFailure.missing(configuration, "identity") }
        defer { free(real) }
        return StoreIdentity(
            kind: kind, instance: "\(String(cString: real))#\(info.st_ino)",
            collection: configuration.table)
    }

    package func describe() async throws -> CollectionDescription? {
        guard exists else { return nil }
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
        try refuseColumns(of: description)
        let shape = SQLiteShape(configuration: configuration, description: description)
        let type =
            switch description.idKind {
            case .int: "INTEGER"
            case .text, .uuid: "TEXT"
            case .intOrText, .intOrUUID: ""
            }
        let columns = shape.vectors.map { ", \($0.column) BLOB" }.joined()
        try await writer.write("create", makesFile: true) { [description] database in
            guard try !SQLiteCatalog.exists(description.name, database) else {
                throw SQLiteFailure.taken(description.name, "create")
            }
            try database.execute(
                "CREATE TABLE \(shape.table) (\(shape.id) \(type) PRIMARY KEY NOT NULL, "
                    + "\(shape.payload) TEXT NOT NULL DEFAULT '{}'\(columns))")
            try SQLiteCatalog.remember(description, database)
        }
    }

    private func refuseColumns(of description: CollectionDescription) throws {
        var taken = [configuration.idColumn.lowercased(), configuration.payloadColumn.lowercased()]
        for spec in description.vectors {
            let column = configuration.column(of: spec.name)
            guard !taken.contains(column.lowercased()) else {
                throw SQLiteFailure.refused(
                    "the vector '\(spec.name)' would need the column '\(column)', which is taken; "
                        + "name its vector column in the plan", "create")
            }
            taken.append(column.lowercased())
        }
    }

    package func drop() async throws {
        guard exists else { return }
        let table = configuration.table
        try await writer.write("drop") { database in
            try database.execute("DROP TABLE IF EXISTS \(SQLiteShape.quoted(table))")
            try SQLiteCatalog.forget(table, database)
        }
    }

    package func rename(to name: String) async throws {
        let table = configuration.table
        try await writer.write("rename") { database in
            guard try SQLiteCatalog.exists(table, database) else {
                throw SQLiteFailure.missing(self.configuration, "rename")
            }
            guard try !SQLiteCatalog.exists(name, database) else {
                throw SQLiteFailure.taken(name, "rename")
            }
            guard try SQLiteCatalog.vec0(self.configuration, database) == nil else {
                throw SQLiteFailure.refused(
                    "sqlite-vec cannot rename the table '\(table)'; use 'source: keep' or 'drop'",
                    "rename")
            }
            try SQLiteCatalog.rename(table, to: name, database)
            try database.execute(
                "ALTER TABLE \(SQLiteShape.quoted(table)) RENAME TO \(SQLiteShape.quoted(name))")
        }
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
        let path = configuration.path
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        // SQLite writes its log beside the file.
        guard access(folder, W_OK) == 0, !exists || access(path, W_OK) == 0 else {
            throw StoreError(
                store: kind, operation: "check", kind: .readOnly,
                message: "'\(path)' or its folder may not be written; make both writable",
                isDefinite: true)
        }
        guard exists else { return }
        try await writer.run("check") { database in
            try database.execute("BEGIN IMMEDIATE; ROLLBACK")
        }
    }

    package func close() async {
        await writer.close()
        for channel in readers + searchers { await channel.close() }
    }
}
