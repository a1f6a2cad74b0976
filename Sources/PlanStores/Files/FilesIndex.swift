import Glibc
import JSON
import PlanCore
import SQLite

/// Where each record of a collection lies: in a part, or still here, in the *tail*.
///
/// SQLite's transactions make a write durable, and let processes share the collection. The index is
/// the truth while it exists; what it is derived from is enough to make it anew, but for the tail.
/// Not `Sendable`: it belongs to one channel.
final class FilesIndex {
    let configuration: FilesStoreConfiguration
    let description: CollectionDescription
    let path: String
    let database: SQLiteDatabase
    /// Bytes of all dense vectors of a record.
    let denseBytes: Int
    var scan = PlainScan()
    private var parts: [Int: FilesPart] = [:]

    private static let partsOpenMax = 64

    /// A tail's rows have part 0, and their line and vectors in `tail`.
    static let schema = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE parts (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
            rows INTEGER NOT NULL, deleted INTEGER NOT NULL);
        CREATE TABLE records (key BLOB PRIMARY KEY, part INTEGER NOT NULL, row INTEGER NOT NULL,
            at INTEGER NOT NULL, size INTEGER NOT NULL, body INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE tail (key BLOB PRIMARY KEY, line BLOB NOT NULL, vectors BLOB NOT NULL);
        CREATE TABLE gone (key BLOB PRIMARY KEY) WITHOUT ROWID;
        INSERT INTO meta VALUES ('format', 1), ('tail_bytes', 0), ('next_part', 1);
        """

    init(
        _ configuration: FilesStoreConfiguration, name: String,
        description: CollectionDescription
    ) throws {
        self.configuration = configuration
        self.description = description
        path = "\(configuration.path)/\(name)"
        denseBytes = description.vectors.reduce(0) { $0 + ($1.isSparse ? 0 : $1.dimension * 4) }
        database = try SQLiteDatabase(
            path: path, access: .readWrite,
            busyTimeout: Int32(clamping: Int(configuration.deadline.milliseconds)))
        try database.execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -16384")
    }

    /// nil where there is no such collection.
    static func open(
        _ configuration: FilesStoreConfiguration, _ operation: String
    ) throws -> FilesIndex? {
        guard let manifest = try FilesManifest.load(configuration, operation) else { return nil }
        if let name = manifest.index, FilesDisk.exists("\(configuration.path)/\(name)") {
            return try FilesIndex(configuration, name: name, description: manifest.description)
        }
        return try FilesRebuild(configuration: configuration, operation: operation).run()
    }

    static func newName() -> String {
        var random = SystemRandomNumberGenerator()
        return "index-\(String(random.next() as UInt64, radix: 36)).sqlite"
    }

    /// Makes an empty one.
    static func make(_ path: String) throws {
        let database = try SQLiteDatabase(path: path, access: .readWriteCreate)
        try database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        try database.execute("BEGIN; \(schema) COMMIT")
    }

    /// Whether the collection is still the one that this is the index of.
    var isCurrent: Bool { FilesDisk.exists(path) }

    func part(_ number: Int) throws -> FilesPart {
        if let part = parts[number] { return part }
        let select = try database.statement("SELECT name FROM parts WHERE number = ?1")
        try select.bind(1, Int64(number))
        defer { select.reset() }
        guard try select.step() else {
            throw FilesFailure.corrupt(path, "names a part that it does not know", "read")
        }
        let part = try FilesPart(
            "\(configuration.path)/\(select.text(0))", description.vectors)
        if parts.count >= FilesIndex.partsOpenMax { parts.removeAll() }
        parts[number] = part
        return part
    }

    func meta(_ name: String) throws -> Int64 {
        let select = try database.statement("SELECT value FROM meta WHERE name = ?1")
        try select.bind(1, name)
        defer { select.reset() }
        return try select.step() ? select.integer(0) : 0
    }

    func setMeta(_ name: String, _ value: Int64) throws {
        let update = try database.statement("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")
        try update.bind(1, name)
        try update.bind(2, value)
        try update.run()
    }

    func number(_ sql: String) throws -> Int {
        let select = try database.statement(sql)
        defer { select.reset() }
        return try select.step() ? Int(select.integer(0)) : 0
    }

    /// What the manifest shall say. Under a write transaction, or another's may be newer.
    func writeManifest(isComplete: Bool, _ operation: String) throws {
        var manifest = FilesManifest(description: description)
        manifest.index = path.split(separator: "/").last.map(String.init)
        manifest.isComplete = isComplete
        let select = try database.statement(
            "SELECT number, rows, deleted, name FROM parts ORDER BY number")
        defer { select.reset() }
        while try select.step() {
            manifest.parts.append(
                FilesManifest.Part(
                    number: Int(select.integer(0)), rows: Int(select.integer(1)),
                    deleted: Int(select.integer(2)), name: select.text(3)))
        }
        try FilesDisk.replace(configuration.manifest, with: manifest.text, operation)
    }
}

extension FilesManifest {
    /// nil where there is no collection.
    static func load(
        _ configuration: FilesStoreConfiguration, _ operation: String
    ) throws -> FilesManifest? {
        let path = configuration.manifest
        guard let bytes = try FilesDisk.read(path, operation) else { return nil }
        guard
            let manifest = FilesManifest(
                String(decoding: bytes, as: UTF8.self), collection: configuration.collection)
        else {
            throw FilesFailure.corrupt(
                path, "cannot be read; it may be from a newer build", operation)
        }
        return manifest
    }
}
