import PlanCore
import SQLite

/// A table's columns and how rows become records. Identifiers are quoted once, here.
struct SQLiteShape: Sendable {
    let configuration: SQLiteStoreConfiguration
    let description: CollectionDescription
    let table: String
    let id: String
    let payload: String
    /// In the description's order.
    let vectors: [(name: String, column: String)]
    let upsertSQL: String

    init(configuration: SQLiteStoreConfiguration, description: CollectionDescription) {
        self.configuration = configuration
        self.description = description
        table = SQLiteShape.quoted(configuration.table)
        id = SQLiteShape.quoted(configuration.idColumn)
        payload = SQLiteShape.quoted(configuration.payloadColumn)
        vectors = description.vectors.map { spec in
            (spec.name, SQLiteShape.quoted(configuration.column(of: spec.name)))
        }
        let columns = [id, payload] + vectors.map(\.column)
        let places = (1...columns.count).map { "?\($0)" }.joined(separator: ", ")
        let updates = columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        upsertSQL =
            "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places)) "
            + "ON CONFLICT (\(id)) DO UPDATE SET \(updates)"
    }

    static func quoted(_ name: String) -> String {
        "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false).joined(
                separator: "\"\"")
            + "\""
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
