import PlanCore
import SQLite

/// A virtual table of the extension sqlite-vec, as its declaration says.
///
///     CREATE VIRTUAL TABLE docs USING vec0(
///         id INTEGER PRIMARY KEY, embedding FLOAT[384] distance_metric=cosine,
///         genre TEXT, owner TEXT PARTITION KEY, +note TEXT, chunk_size=128)
struct Vec0Table: Hashable, Sendable {
    /// What a column holds, and how it is written.
    enum Kind: Hashable, Sendable {
        case text, integer, real, boolean
    }

    struct VectorColumn: Hashable, Sendable {
        var name: String
        var dimension: Int
        var distance: Distance
    }

    struct Field: Hashable, Sendable {
        var name: String
        var kind: Kind
        /// Whether it may be NULL, as auxiliary columns may.
        var isOptional = false
    }

    /// What such a table cannot be used for.
    struct Unfit: Error { let why: String }

    var name: String
    /// `rowid` where no key is declared.
    var key = "rowid"
    var hasTextKey = false
    var vectors: [VectorColumn] = []
    /// Metadata, partition keys and auxiliary columns.
    var fields: [Field] = []

    /// nil for what is no such table.
    init?(name: String, declaration: String) throws(Unfit) {
        self.name = name
        guard let open = declaration.firstIndex(of: "("), declaration.last == ")",
            declaration[..<open].split(whereSeparator: \.isWhitespace).last?.lowercased() == "vec0"
        else { return nil }
        let inside = declaration[declaration.index(after: open)...].dropLast()
        for part in inside.split(separator: ",") { try take(part) }
    }

    private mutating func take(_ part: Substring) throws(Unfit) {
        var words = part.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first, !first.contains("=") else { return }
        let isAuxiliary = first.hasPrefix("+")
        // `+ note text` is taken too.
        if first == "+" { words.removeFirst() }
        guard words.count > 1 else { return }
        let name = Vec0Table.plain(isAuxiliary ? words[0].drop { $0 == "+" } : words[0][...])
        let type = words[1].lowercased()
        let rest = words.dropFirst(2).map { $0.lowercased() }
        if isAuxiliary {
            guard type != "blob" else {
                throw Unfit(why: "the column '\(name)' holds blobs, which no payload can")
            }
            fields.append(
                Field(name: name, kind: try Vec0Table.kind(type, name), isOptional: true))
        } else if rest.starts(with: ["primary", "key"]) {
            key = name
            hasTextKey = type == "text"
        } else if type.contains("[") {
            vectors.append(try Vec0Table.vector(name, type, rest))
        } else {
            fields.append(Field(name: name, kind: try Vec0Table.kind(type, name)))
        }
    }

    private static func kind(_ type: String, _ name: String) throws(Unfit) -> Kind {
        switch type {
        case "text": return .text
        case "integer", "int": return .integer
        case "float", "double": return .real
        case "boolean", "bool": return .boolean
        default: throw Unfit(why: "the column '\(name)' is of an unknown type, '\(type)'")
        }
    }

    private static func vector(
        _ name: String, _ type: String, _ options: [String]
    ) throws(Unfit) -> VectorColumn {
        let parts = type.split(separator: "[")
        guard ["float", "f32"].contains(String(parts[0])), parts.count == 2,
            let dimension = Int(parts[1].prefix { $0 != "]" })
        else {
            throw Unfit(why: "the vector '\(name)' is of type '\(type)'; float is carried")
        }
        var distance = Distance.l2
        for option in options where option.hasPrefix("distance_metric=") {
            switch option.dropFirst("distance_metric=".count) {
            case "cosine": distance = .cosine
            case "l1": distance = .manhattan
            default: distance = .l2
            }
        }
        return VectorColumn(name: name, dimension: dimension, distance: distance)
    }

    private static func plain(_ name: Substring) -> String {
        String(name.drop { "\"`[".contains($0) }.prefix { !"\"`]".contains($0) })
    }

    // MARK: reading

    /// Ids and payloads as `SQLiteShape` calls them, vectors under their own names. Rows come by
    /// way of the table of keys: sqlite-vec itself finds single rows only, in no order.
    var source: String {
        let vectors = vectors.map { "v.\(quoted($0.name)) AS \(quoted($0.name))" }
        let columns = ["\(keyOfRows) AS id", "\(payload) AS payload"] + vectors
        return "(SELECT \(columns.joined(separator: ", ")) FROM \(rows) AS r "
            + "CROSS JOIN \(quoted(name)) AS v ON v.\(quotedKey) = \(keyOfRows))"
    }

    /// Ids alone, which need no look at the rows.
    var keys: String { "(SELECT \(keyOfRows) AS id FROM \(rows) AS r)" }

    private var rows: String { quoted(name + "_rowids") }
    private var keyOfRows: String { hasTextKey ? "r.id" : "r.rowid" }
    private var quotedKey: String { key == "rowid" ? key : quoted(key) }
    private func quoted(_ name: String) -> String { SQLiteShape.quoted(name) }

    /// No field that is NULL; numbers in `SQLiteDatabase.defineShortest`'s digits.
    private var payload: String {
        let parts = fields.map { field in
            let column = "v.\(quoted(field.name))"
            let value =
                switch field.kind {
                case .text, .integer: column
                case .real:
                    "json(CASE WHEN \(column) IS NULL THEN 'null' "
                        + "ELSE shortest(\(column)) END)"
                case .boolean: "json(CASE \(column) WHEN 0 THEN 'false' ELSE 'true' END)"
                }
            return "\(SQLiteShape.literal(field.name)), \(value)"
        }
        return "json_patch('{}', json_object(\(parts.joined(separator: ", "))))"
    }

    // MARK: as a collection

    /// As the plan names its vectors; a single one that it does not name has no name.
    func description(_ configuration: SQLiteStoreConfiguration) -> CollectionDescription {
        let specs = vectors.map { vector in
            VectorSpec(
                name: label(vector, configuration), dimension: vector.dimension,
                distance: vector.distance)
        }
        return CollectionDescription(
            name: configuration.table, idKind: hasTextKey ? .text : .int,
            vectors: specs.sorted { $0.name < $1.name })
    }

    private func label(
        _ vector: VectorColumn, _ configuration: SQLiteStoreConfiguration
    ) -> String {
        configuration.vectorColumns.first { $0.value == vector.name }?.key
            ?? (vectors.count == 1 ? Record.defaultVector : vector.name)
    }

    func column(of name: String, _ configuration: SQLiteStoreConfiguration) -> String {
        vectors.first { label($0, configuration) == name }?.name ?? name
    }

    // MARK: writing

    var deleteSQL: String { "DELETE FROM \(quoted(name)) WHERE \(quotedKey) = ?1" }

    /// The id, the vectors' columns as given, the fields.
    func insertSQL(vectors: [String]) -> String {
        let columns = [quotedKey] + vectors + fields.map { quoted($0.name) }
        let places = (1...columns.count).map { "?\($0)" }.joined(separator: ", ")
        return "INSERT INTO \(quoted(name)) (\(columns.joined(separator: ", "))) "
            + "VALUES (\(places))"
    }

    /// Why a payload does not fit the columns; nil where it does.
    func refusal(of payload: JSONObject) -> String? {
        for (name, value) in payload.sortedByKey where value != .null {
            guard let field = fields.first(where: { $0.name == name }) else {
                return "the field '\(name)' has no column in '\(self.name)'"
            }
            if let wanted = field.kind.refusal(of: value) {
                return "the field '\(name)' is not \(wanted), which its column holds"
            }
        }
        for field in fields where !field.isOptional && payload[field.name] ?? .null == .null {
            return "the field '\(field.name)' is missing, and its column holds no NULL"
        }
        return nil
    }
}

extension Vec0Table.Kind {
    /// What belongs there; nil where the value does.
    fileprivate func refusal(of value: JSONValue) -> String? {
        switch (self, value) {
        case (.text, .string), (.integer, .int), (.real, .int), (.real, .double),
            (.boolean, .bool):
            nil
        case (.text, _): "text"
        case (.integer, _): "a whole number"
        case (.real, _): "a number"
        case (.boolean, _): "true or false"
        }
    }
}
