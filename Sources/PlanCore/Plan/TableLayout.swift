/// How a table holds records: for the stores that are SQL databases.
package struct TableLayout: Hashable, Sendable {
    /// pgvector's column types.
    package enum Element: String, Hashable, Sendable, CaseIterable {
        case vector, halfvec
    }

    package enum Payload: Hashable, Sendable {
        /// One column of jsonb (SQLite: JSON text) that holds every field.
        case document(column: String)
        /// A column for each field; keys are fields, values are columns.
        case columns([String: String])
    }

    /// nil: the connection's own search path, which is `public` unless it was changed.
    package var schema: String?
    package var idColumn = "id"
    /// Vector name → column. A single unnamed vector is `Record.defaultVector`.
    package var vectorColumns = [Record.defaultVector: "embedding"]
    /// How vectors are compared, where the table itself does not say.
    package var distance: Distance?
    package var payload = Payload.document(column: "payload")
    /// What a created column is; an existing one says so itself.
    package var element = Element.vector

    package init() {}

    /// With the names of the columns that such a store makes.
    package init(_ kind: StoreKind) {
        if kind == .sqlite { vectorColumns = [Record.defaultVector: "vector"] }
    }

    /// A vector that the plan does not mention is kept under its own name.
    package func column(ofVector name: String) -> String { vectorColumns[name] ?? name }
}
