import PlanCore
import SQLite

/// A table's columns and how rows become records. Identifiers are quoted once, here.
struct SQLiteShape: Sendable {
    let configuration: SQLiteStoreConfiguration
    let description: CollectionDescription
    /// What is written; of sqlite-vec, see `vec0`.
    let table: String
    /// What records are read from, and what ids are.
    let source: String
    let keys: String
    let id: String
    let payload: String
    let vec0: Vec0Table?
    /// In the description's order.
    let vectors: [(name: String, column: String)]
    let upsertSQL: String

    init(
        configuration: SQLiteStoreConfiguration, description: CollectionDescription,
        vec0: Vec0Table? = nil
    ) {
        self.configuration = configuration
        self.description = description
        self.vec0 = vec0
        table = SQLiteShape.quoted(configuration.table)
        source = vec0?.source ?? table
        keys = vec0?.keys ?? table
        id = vec0 == nil ? SQLiteShape.quoted(configuration.idColumn) : "id"
        payload = vec0 == nil ? SQLiteShape.quoted(configuration.payloadColumn) : "payload"
        vectors = description.vectors.map { spec in
            let column =
                vec0?.column(of: spec.name, configuration) ?? configuration.column(of: spec.name)
            return (spec.name, SQLiteShape.quoted(column))
        }
        let columns = [id, payload] + vectors.map(\.column)
        let places = (1...columns.count).map { "?\($0)" }.joined(separator: ", ")
        let updates = columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        upsertSQL =
            vec0?.insertSQL(vectors: vectors.map(\.column))
            ?? "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places)) "
            + "ON CONFLICT (\(id)) DO UPDATE SET \(updates)"
    }

    static func quoted(_ name: String) -> String {
        "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false).joined(
                separator: "\"\"")
            + "\""
    }

    static func literal(_ text: String) -> String {
        "'" + text.replacing("'", with: "''") + "'"
    }

    /// The columns of a read: id, then payload, then the vectors.
    func columns(_ projection: Projection) -> String {
        switch projection {
        case .idsOnly: id
        case .withoutVectors: "\(id), \(payload)"
        case .full: ([id, payload] + vectors.map(\.column)).joined(separator: ", ")
        }
    }

    /// The spelling that a row of this table can have, or nil where there can be no such row.
    /// SQLite's column affinity would find row 1 under the text `1`: it is never asked.
    func held(_ id: RecordID) -> RecordID? {
        if case .large = id { return nil }
        return description.idKind.normalize(id)
    }

    func bind(_ id: RecordID, to statement: SQLiteStatement, _ index: Int32) throws {
        switch id {
        case .int(let value): try statement.bind(index, value)
        case .large(let value): try statement.bind(index, String(value))
        case .uuid(let text), .string(let text): try statement.bind(index, text)
        }
    }

    func recordID(_ statement: SQLiteStatement, _ column: Int32) -> RecordID {
        if statement.kind(column) == .integer { return .int(statement.integer(column)) }
        let text = statement.text(column)
        switch description.idKind {
        case .uuid, .intOrUUID: return RecordID(uuid: text) ?? .string(text)
        case .int, .text, .intOrText: return .string(text)
        }
    }
}
