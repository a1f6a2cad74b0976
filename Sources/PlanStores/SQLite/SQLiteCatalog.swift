import JSON
import PlanCore
import SQLite

/// What SQLite cannot say of a collection itself: dimension, distance, the kind of its ids. Kept in
/// a small table of ours beside it; a table that was not made by us is read as it lies.
enum SQLiteCatalog {
    private static let table = """
        CREATE TABLE IF NOT EXISTS crossfade_collections (
            name TEXT PRIMARY KEY, description TEXT NOT NULL) WITHOUT ROWID
        """

    /// Changes with every change of any table, whichever connection made it.
    static func schemaVersion(_ database: SQLiteDatabase) throws -> Int64 {
        let select = try database.statement("PRAGMA schema_version")
        defer { select.reset() }
        return try select.step() ? select.integer(0) : 0
    }

    static func exists(_ name: String, _ database: SQLiteDatabase) throws -> Bool {
        let select = try database.statement(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1 "
                + "COLLATE NOCASE")
        try select.bind(1, name)
        defer { select.reset() }
        return try select.step()
    }

    static func describe(
        _ configuration: SQLiteStoreConfiguration, _ database: SQLiteDatabase
    ) throws -> CollectionDescription? {
        guard try exists(configuration.table, database) else { return nil }
        if try exists("crossfade_collections", database) {
            let select = try database.statement(
                "SELECT description FROM crossfade_collections WHERE name = ?1 COLLATE NOCASE")
            try select.bind(1, configuration.table)
            defer { select.reset() }
            if try select.step() {
                return try decode(select.text(0), name: configuration.table)
            }
        }
        return try inspect(configuration, database)
    }

    /// A user's own table: the id's declared type, the length of a vector that is there.
    private static func inspect(
        _ configuration: SQLiteStoreConfiguration, _ database: SQLiteDatabase
    ) throws -> CollectionDescription {
        if let vec0 = try vec0(configuration, database) {
            guard configuration.extensionPath != nil else {
                throw SQLiteFailure.refused(
                    "the table '\(configuration.table)' is sqlite-vec's; give the path of its "
                        + "library (vec0.so) as 'extension' in the plan", "describe")
            }
            return vec0.description(configuration)
        }
        let info = try database.statement("SELECT name, type FROM pragma_table_info(?1)")
        try info.bind(1, configuration.table)
        var types: [String: String] = [:]
        while try info.step() { types[info.text(0)] = info.text(1).uppercased() }
        info.reset()
        guard let idType = types[configuration.idColumn] else {
            throw SQLiteFailure.refused(
                "the table '\(configuration.table)' has no column '\(configuration.idColumn)'; "
                    + "name its id column in the plan", "describe")
        }
        guard let distance = configuration.distance else {
            throw SQLiteFailure.refused(
                "the table '\(configuration.table)' does not say how its vectors are compared; "
                    + "give 'distance' in the plan", "describe")
        }
        guard try isKey(configuration, idType, database) else {
            throw SQLiteFailure.refused(
                "the column '\(configuration.idColumn)' of the table '\(configuration.table)' is "
                    + "no key of bytes on its own; give it a unique index, without COLLATE",
                "describe")
        }
        var specs: [VectorSpec] = []
        for (name, column) in configuration.vectorColumns.sorted(by: { $0.key < $1.key }) {
            guard types[column] != nil else {
                throw SQLiteFailure.refused(
                    "the table '\(configuration.table)' has no column '\(column)'; "
                        + "name its vector column in the plan", "describe")
            }
            let quoted = SQLiteShape.quoted(column)
            let length = try database.statement(
                "SELECT length(\(quoted)) FROM \(SQLiteShape.quoted(configuration.table)) "
                    + "WHERE \(quoted) IS NOT NULL LIMIT 1")
            let bytes = try length.step() ? length.integer(0) : 0
            length.reset()
            specs.append(
                VectorSpec(name: name, dimension: Int(bytes / 4), distance: distance))
        }
        let kind: CollectionDescription.IDKind =
            idType.contains("INT") ? .int : idType.contains("TEXT") ? .text : .intOrText
        return CollectionDescription(name: configuration.table, idKind: kind, vectors: specs)
    }

    /// The table as sqlite-vec has it; nil for any other.
    static func vec0(
        _ configuration: SQLiteStoreConfiguration, _ database: SQLiteDatabase
    ) throws -> Vec0Table? {
        let select = try database.statement(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name = ?1 "
                + "COLLATE NOCASE AND sql LIKE 'create virtual table%'")
        try select.bind(1, configuration.table)
        defer { select.reset() }
        guard try select.step() else { return nil }
        do {
            return try Vec0Table(name: select.text(0), declaration: select.text(1))
        } catch {
            throw SQLiteFailure.refused(
                "the table '\(configuration.table)' cannot be carried: \(error.why)", "describe")
        }
    }

    /// Whether rows are found, and kept in order, by the id column alone: it is the rowid, or an
    /// index makes it unique byte by byte.
    private static func isKey(
        _ configuration: SQLiteStoreConfiguration, _ type: String, _ database: SQLiteDatabase
    ) throws -> Bool {
        let indexes = try database.statement(
            """
            SELECT count(*) FROM pragma_index_list(?1) AS l WHERE l."unique" AND NOT l.partial
                AND (SELECT count(*) = 1 AND max(x.name = ?2 COLLATE NOCASE AND x.coll = 'BINARY')
                    FROM pragma_index_xinfo(l.name) AS x WHERE x.key)
            """)
        try indexes.bind(1, configuration.table)
        try indexes.bind(2, configuration.idColumn)
        defer { indexes.reset() }
        if try indexes.step(), indexes.integer(0) > 0 { return true }
        guard type == "INTEGER" else { return false }
        let keys = try database.statement(
            "SELECT count(*) = 1 AND max(name = ?2) FROM pragma_table_info(?1) WHERE pk > 0")
        try keys.bind(1, configuration.table)
        try keys.bind(2, configuration.idColumn)
        defer { keys.reset() }
        return try keys.step() && keys.integer(0) == 1
    }

    static func remember(
        _ description: CollectionDescription, _ database: SQLiteDatabase
    ) throws {
        try database.execute(table)
        let insert = try database.statement(
            "INSERT OR REPLACE INTO crossfade_collections VALUES (?1, ?2)")
        try insert.bind(1, description.name)
        try insert.bind(2, encode(description))
        try insert.run()
    }

    static func forget(_ name: String, _ database: SQLiteDatabase) throws {
        guard try exists("crossfade_collections", database) else { return }
        let delete = try database.statement(
            "DELETE FROM crossfade_collections WHERE name = ?1 COLLATE NOCASE")
        try delete.bind(1, name)
        try delete.run()
    }

    static func rename(
        _ name: String, to other: String, _ database: SQLiteDatabase
    ) throws {
        guard try exists("crossfade_collections", database) else { return }
        let update = try database.statement(
            "UPDATE crossfade_collections SET name = ?2 WHERE name = ?1 COLLATE NOCASE")
        try update.bind(1, name)
        try update.bind(2, other)
        try update.run()
    }

    private static func encode(_ description: CollectionDescription) -> String {
        JSON.text([
            "format": 1,
            "id_kind": .string(description.idKind.rawValue),
            "vectors": .array(
                description.vectors.map {
                    [
                        "name": .string($0.name), "dimension": .int(Int64($0.dimension)),
                        "distance": .string($0.distance.rawValue),
                    ]
                }),
            "payload_indexes": .array(
                description.payloadIndexes.map {
                    ["field": .string($0.field), "kind": .string($0.kind.rawValue)]
                }),
        ])
    }

    private static func decode(_ text: String, name: String) throws -> CollectionDescription {
        guard case .object(let fields)? = try? JSON.parse(text), case .int(1)? = fields["format"],
            case .string(let kind)? = fields["id_kind"],
            let idKind = CollectionDescription.IDKind(rawValue: kind),
            case .array(let vectors)? = fields["vectors"],
            case .array(let indexes)? = fields["payload_indexes"]
        else {
            throw StoreError(
                store: SQLiteFailure.store, operation: "describe", kind: .corrupt,
                message: "what 'crossfade_collections' says of '\(name)' cannot be read; "
                    + "it may be from a newer build", isDefinite: true)
        }
        return CollectionDescription(
            name: name, idKind: idKind, vectors: vectors.compactMap(vector),
            payloadIndexes: indexes.compactMap(index))
    }

    private static func vector(_ value: JSONValue) -> VectorSpec? {
        guard case .object(let fields) = value, case .string(let name)? = fields["name"],
            case .int(let dimension)? = fields["dimension"],
            case .string(let text)? = fields["distance"], let distance = Distance(rawValue: text)
        else { return nil }
        return VectorSpec(name: name, dimension: Int(dimension), distance: distance)
    }

    private static func index(_ value: JSONValue) -> PayloadIndex? {
        guard case .object(let fields) = value, case .string(let field)? = fields["field"],
            case .string(let text)? = fields["kind"], let kind = PayloadIndex.Kind(rawValue: text)
        else { return nil }
        return PayloadIndex(field: field, kind: kind)
    }
}
