import PlanCore
import Postgres

extension PostgresStore {
    package func create(_ description: CollectionDescription) async throws {
        let type = try idColumnType(description)
        let vectors = try description.vectors.map(vectorColumn)
        try await pool.run("create", .statement) { try self.prepareExtension($0) }
        try await pool.run("create", .transaction) { session in
            if !session.hasVector { try session.findVector() }
            let connection = session.connection
            let table = self.configuration.table
            let name = PostgresStore.named(session.schema, table)
            guard try PostgresCatalog.table(table, session) == nil else {
                throw PostgresFailure.error(
                    .alreadyExists, "the table '\(table)' is there already", "create")
            }
            let columns =
                ["\(PostgresShape.quoted(self.configuration.idColumn)) \(type) PRIMARY KEY"]
                + self.payloadColumns()
                + vectors.map { "\(PostgresShape.quoted($0.column)) \($0.type)" }
            try connection.run("CREATE TABLE \(name) (\(columns.joined(separator: ", ")))")
            for vector in vectors {
                let note = PostgresCatalog.comment([
                    "vector": .string(vector.spec.name),
                    "distance": .string(vector.spec.distance.rawValue),
                ])
                try connection.run(
                    "COMMENT ON COLUMN \(name).\(PostgresShape.quoted(vector.column)) IS "
                        + PostgresText.quoted(literal: note))
            }
            for index in description.payloadIndexes {
                try self.createPayloadIndex(index, session)
            }
        }
        forgetShape()
    }

    private func idColumnType(_ description: CollectionDescription) throws -> String {
        switch description.idKind {
        case .int: return "bigint"
        // So that the key's index has the order that ranges are cut by.
        case .text: return "text COLLATE \"C\""
        case .uuid: return "uuid"
        case .intOrUUID, .intOrText:
            throw PostgresFailure.error(
                .unsupported,
                "ids of two kinds (\(description.idKind.rawValue)) do not fit one column; "
                    + "map them with 'id: uuid5'", "create")
        }
    }

    private func vectorColumn(
        _ spec: VectorSpec
    ) throws -> (spec: VectorSpec, column: String, type: String) {
        let label = spec.name.isEmpty ? "the vector" : "the vector '\(spec.name)'"
        let column =
            configuration.vectorColumns[spec.name]
            ?? (spec.name.isEmpty ? "embedding" : spec.name)
        if spec.isSparse { return (spec, column, "sparsevec(\(PostgresStore.sparsePlaces))") }
        guard (1...capabilities.maximumDimension).contains(spec.dimension) else {
            throw PostgresFailure.refused(
                "\(label) has dimension \(spec.dimension); 1 to "
                    + "\(capabilities.maximumDimension) fit", "create")
        }
        let isHalf = spec.element == .float16 || configuration.element == .halfvec
        return (spec, column, "\(isHalf ? "halfvec" : "vector")(\(spec.dimension))")
    }

    private func payloadColumns() -> [String] {
        switch configuration.payload {
        case .document(let column):
            ["\(PostgresShape.quoted(column)) jsonb NOT NULL DEFAULT '{}'"]
        case .columns(let fields):
            fields.values.sorted().map { "\(PostgresShape.quoted($0)) jsonb" }
        }
    }

    private func prepareExtension(_ session: PostgresSession) throws {
        if session.hasVector { return }
        let connection = session.connection
        let known = try connection.once(
            "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
        guard known.count > 0 else {
            throw PostgresFailure.error(
                .unsupported,
                "the server has no extension 'vector'; install pgvector on it", "create")
        }
        do {
            try connection.run(
                "CREATE EXTENSION IF NOT EXISTS vector "
                    + "SCHEMA \(PostgresShape.quoted(session.schema))")
        } catch {
            guard error.code == "42501" else { throw error }
            throw PostgresFailure.error(
                .unauthorized,
                "the role may not install the extension 'vector'; have an administrator run "
                    + "'CREATE EXTENSION vector' in this database", "create")
        }
        try session.findVector()
    }

    /// Hash for what is looked up by equality: unlike a B-tree it takes values of any length.
    private func createPayloadIndex(_ index: PayloadIndex, _ session: PostgresSession) throws {
        guard case .document(let column) = configuration.payload else { return }
        let name = IndexName.payload(
            schema: session.schema, table: configuration.table, index.field)
        let value =
            "(\(PostgresShape.quoted(column)) -> \(PostgresText.quoted(literal: index.field)))"
        let table = PostgresStore.named(session.schema, configuration.table)
        let sql: String
        switch index.kind {
        case .geo: return
        case .keyword, .bool, .text, .datetime, .uuid: sql = "ON \(table) USING hash (\(value))"
        case .integer, .float:
            sql = "ON \(table) (\(value)) WHERE jsonb_typeof(\(value)) = 'number'"
        }
        try session.connection.run("CREATE INDEX \(PostgresShape.quoted(name)) \(sql)")
        let note = PostgresCatalog.comment([
            "field": .string(index.field), "kind": .string(index.kind.rawValue),
        ])
        try session.connection.run(
            "COMMENT ON INDEX \(PostgresStore.named(session.schema, name)) IS "
                + PostgresText.quoted(literal: note))
    }
}
