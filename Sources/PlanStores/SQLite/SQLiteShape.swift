import PlanCore
import SQLite

/// A table's columns and how rows become records. Identifiers are quoted once, here.
struct SQLiteShape: Hashable, Sendable {
    let configuration: SQLiteStoreConfiguration
    let description: CollectionDescription

    var table: String { SQLiteShape.quoted(configuration.table) }
    var id: String { SQLiteShape.quoted(configuration.idColumn) }
    var payload: String { SQLiteShape.quoted(configuration.payloadColumn) }
    /// In the description's order.
    var vectors: [(name: String, column: String)] {
        description.vectors.map { spec in
            let column = configuration.vectorColumns[spec.name] ?? spec.name
            return (spec.name, SQLiteShape.quoted(column))
        }
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
        if description.idKind == .uuid { return RecordID(uuid: text) ?? .string(text) }
        return .string(text)
    }
}
