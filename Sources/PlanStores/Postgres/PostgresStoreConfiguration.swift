import PlanCore

/// Where a collection lives in PostgreSQL, and what its columns are called.
package struct PostgresStoreConfiguration: Hashable, Sendable {
    package enum Element: String, Hashable, Sendable {
        case vector, halfvec
    }

    package enum Payload: Hashable, Sendable {
        /// One column of jsonb (or json) that holds every field.
        case document(column: String)
        /// A column for each field; keys are fields, values are columns.
        case columns([String: String])
    }

    /// `postgresql://…` or `host=… dbname=…`; it may hold a password.
    package var connection: Secret
    /// nil: where the connection's own search path finds the table, or would make it.
    package var schema: String?
    package var table: String
    package var idColumn = "id"
    /// Column of each vector, by the vector's name.
    package var vectorColumns = [Record.defaultVector: "embedding"]
    package var payload = Payload.document(column: "payload")
    /// For a created column whose description does not ask for float16.
    package var element = Element.vector
    /// For a table that neither an index nor we say this of.
    package var distance: Distance?
    /// `hnsw.ef_search` of every search; the server's own where nil.
    package var efSearch: Int?
    /// `ivfflat.probes` of every search; the server's own where nil.
    package var probes: Int?
    /// How long one request may take. The server enforces it, too.
    package var deadline: Duration = .seconds(10)
    /// Connections, at most, besides one for the building of an index.
    package var poolSize = 4
    package var applicationName = "crossfade"

    package init(connection: Secret, table: String) {
        self.connection = connection
        self.table = table
    }
}
