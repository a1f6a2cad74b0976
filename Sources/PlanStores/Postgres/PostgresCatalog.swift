import JSON
import PlanCore
import Postgres

/// Reads a table's shape from PostgreSQL's catalogs.
///
/// What they cannot say (how a vector is compared, before there is an index) is kept as a comment
/// on the column, which follows the table wherever it is renamed.
enum PostgresCatalog {
    private struct Column {
        var name: String
        var type: String
        var modifier: Int
        var isBytewise: Bool
        var isGenerated: Bool
        var note: JSONObject
    }

    /// The table's object id; nil where there is none.
    static func table(_ name: String, _ session: PostgresSession) throws -> Int64? {
        var parameters = PostgresParameters()
        parameters.add(session.schema)
        parameters.add(name)
        let found = try session.connection.once(
            """
            SELECT c.oid::int8 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            """, parameters)
        return found.count > 0 ? found.integer(0, 0) : nil
    }

    static func shape(
        _ configuration: PostgresStoreConfiguration, _ session: PostgresSession
    ) throws -> PostgresShape? {
        guard let table = try table(configuration.table, session) else { return nil }
        let columns = try columns(table, session)
        func column(_ name: String, _ role: String) throws -> Column {
            if let found = columns.first(where: { $0.name == name }) { return found }
            let names = columns.map(\.name).sorted().joined(separator: ", ")
            throw PostgresFailure.refused(
                "the table '\(configuration.table)' has no column '\(name)'; name its \(role) "
                    + "column in the plan (it has \(names))", "describe")
        }
        let id = try column(configuration.idColumn, "id")
        let (idType, idKind) = try type(of: id.type, id.name, configuration.table)
        guard try isKey(id.name, table, session) else {
            throw PostgresAdvice.noKey(configuration.table, id.name)
        }
        let payload: PostgresShape.Payload =
            switch configuration.payload {
            case .document(let name):
                .document(
                    column: name,
                    isBinary: try document(column(name, "payload"), configuration.table))
            case .columns(let mapping):
                .columns(
                    try mapping.sorted { $0.key < $1.key }.map { field, name in
                        let found = try column(name, "payload")
                        return PostgresShape.Field(
                            name: field, column: name, type: found.type,
                            isGenerated: found.isGenerated)
                    })
            }
        var vectors: [(spec: VectorSpec, column: PostgresShape.VectorColumn)] = []
        let distances = try distances(table, session)
        var isSettled = true
        for (name, columnName) in vectorColumns(configuration, columns) {
            let found = try column(columnName, "vector")
            let (spec, made) = try vector(
                name, found, distances[columnName] ?? [], configuration, session)
            let isUnknown =
                spec.isSparse
                ? made.kind == .sparse(size: PostgresStore.sparsePlaces) : spec.dimension == 0
            if found.modifier <= 0, isUnknown { isSettled = false }
            vectors.append((spec, made))
        }
        vectors.sort { $0.spec.name < $1.spec.name }
        var description = CollectionDescription(
            name: configuration.table, idKind: idKind, vectors: vectors.map(\.spec),
            payloadIndexes: try payloadIndexes(table, session))
        if idType == .text, !id.isBytewise, try !isIndexedByBytes(table, id.name, session) {
            description.advice.append(PostgresAdvice.walk(configuration.table, id.name))
        }
        let known = Set([id.name] + payload.columns + vectors.map(\.column.column))
        let unnamed = columns.map(\.name).filter { !known.contains($0) }
        if !unnamed.isEmpty {
            description.advice.append(PostgresAdvice.unnamed(unnamed, configuration.table))
        }
        return PostgresShape(
            schema: session.schema, tableName: configuration.table, idColumn: id.name,
            idType: idType, isIDOrderExact: idType != .text || id.isBytewise,
            takesCopy: try takesCopy(table, id.type, payload, vectors.map(\.column), session),
            payload: payload,
            vectors: vectors.map(\.column), description: description, isSettled: isSettled)
    }

    /// Pages are walked in the order of bytes: without an index in it, each sorts the whole table.
    private static func isIndexedByBytes(
        _ table: Int64, _ column: String, _ session: PostgresSession
    ) throws -> Bool {
        var parameters = PostgresParameters()
        parameters.add(table)
        parameters.add(column)
        let found = try session.connection.once(
            """
            SELECT 1 FROM pg_index i
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            JOIN pg_collation l ON l.oid = i.indcollation[0] AND l.collname IN ('C', 'POSIX')
            WHERE i.indrelid = $1::oid AND a.attname = $2 AND i.indisvalid
            """, parameters)
        return found.count > 0
    }

    /// Whether no two rows can have one id. Of a view nobody can say: its owner vouches for it.
    private static func isKey(
        _ column: String, _ table: Int64, _ session: PostgresSession
    ) throws -> Bool {
        var parameters = PostgresParameters()
        parameters.add(table)
        parameters.add(column)
        let found = try session.connection.once(
            """
            SELECT c.relkind NOT IN ('r', 'p') OR EXISTS (
                SELECT 1 FROM pg_index i
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = c.oid AND a.attname = $2 AND i.indnkeyatts = 1
                AND i.indisunique AND i.indisvalid AND i.indimmediate
                AND i.indpred IS NULL AND i.indexprs IS NULL)
            FROM pg_class c WHERE c.oid = $1::oid
            """, parameters)
        return found.bool(0, 0) == true
    }

    private static func takesCopy(
        _ table: Int64, _ idType: String, _ payload: PostgresShape.Payload,
        _ vectors: [PostgresShape.VectorColumn], _ session: PostgresSession
    ) throws -> Bool {
        guard case .document(_, isBinary: true) = payload,
            !vectors.contains(where: { $0.kind == .half }),
            ["int8", "text", "varchar", "uuid"].contains(idType)
        else { return false }
        var parameters = PostgresParameters()
        parameters.add(table)
        let found = try session.connection.once(
            """
            SELECT relkind IN ('r', 'p') AND NOT relhasrules AND NOT relrowsecurity
            FROM pg_class WHERE oid = $1::oid
            """, parameters)
        return found.bool(0, 0) == true
    }

    private static func document(_ column: Column, _ table: String) throws -> Bool {
        guard ["json", "jsonb"].contains(column.type) else {
            throw PostgresFailure.refused(
                "the column '\(column.name)' of '\(table)' is \(column.type); a payload is jsonb, "
                    + "or give 'columns' for its fields", "describe")
        }
        return column.type == "jsonb"
    }

    private static func type(
        of type: String, _ column: String, _ table: String
    ) throws -> (PostgresShape.IDType, CollectionDescription.IDKind) {
        switch type {
        case "int8", "int4", "int2": return (.integer, .int)
        case "text", "varchar": return (.text, .text)
        case "uuid": return (.uuid, .uuid)
        default:
            throw PostgresFailure.refused(
                "the column '\(column)' of '\(table)' is \(type); an id is bigint, integer, text, "
                    + "varchar or uuid", "describe")
        }
    }

    /// Those that we made say their names themselves.
    private static func vectorColumns(
        _ configuration: PostgresStoreConfiguration, _ columns: [Column]
    ) -> [(name: String, column: String)] {
        let ours = columns.compactMap { column -> (name: String, column: String)? in
            guard case .string(let name)? = column.note["vector"] else { return nil }
            return (name, column.name)
        }
        if !ours.isEmpty { return ours }
        return configuration.vectorColumns.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func vector(
        _ name: String, _ column: Column, _ indexed: [Distance],
        _ configuration: PostgresStoreConfiguration, _ session: PostgresSession
    ) throws -> (VectorSpec, PostgresShape.VectorColumn) {
        guard ["vector", "halfvec", "sparsevec"].contains(column.type) else {
            throw PostgresFailure.refused(
                "the column '\(column.name)' is \(column.type), not vector, halfvec or sparsevec",
                "describe")
        }
        var noted: Distance?
        if case .string(let text)? = column.note["distance"] { noted = Distance(rawValue: text) }
        if column.type == "sparsevec" {
            let size =
                column.modifier > 0
                ? column.modifier : try sparseSize(column, configuration, session)
            return (
                VectorSpec(
                    name: name, dimension: 0, distance: noted ?? indexed.first ?? .innerProduct,
                    isSparse: true),
                PostgresShape.VectorColumn(
                    name: name, column: column.name, kind: .sparse(size: size))
            )
        }
        let wanted = configuration.distance.flatMap { indexed.contains($0) ? $0 : nil }
        guard let distance = noted ?? wanted ?? indexed.first ?? configuration.distance else {
            throw PostgresFailure.refused(
                "no index says how '\(column.name)' of '\(configuration.table)' is compared; "
                    + "give 'distance' in the plan", "describe")
        }
        var dimension = max(column.modifier, 0)
        if dimension == 0 {
            let quoted = PostgresShape.quoted(column.name)
            let table =
                PostgresShape.quoted(session.schema) + "."
                + PostgresShape.quoted(configuration.table)
            let found = try session.connection.once(
                "SELECT vector_dims(\(quoted)) FROM \(table) WHERE \(quoted) IS NOT NULL LIMIT 1")
            if found.count > 0 { dimension = Int(found.integer(0, 0) ?? 0) }
        }
        let isHalf = column.type == "halfvec"
        return (
            VectorSpec(
                name: name, dimension: dimension, distance: distance,
                element: isHalf ? .float16 : .float32),
            PostgresShape.VectorColumn(
                name: name, column: column.name, kind: isHalf ? .half : .full)
        )
    }

    /// A column without a declared size takes the first row's: pgvector compares no two of
    /// different sizes.
    private static func sparseSize(
        _ column: Column, _ configuration: PostgresStoreConfiguration, _ session: PostgresSession
    ) throws -> Int {
        let quoted = PostgresShape.quoted(column.name)
        let table = PostgresStore.named(session.schema, configuration.table)
        let found = try session.connection.once(
            "SELECT split_part(\(quoted)::text, '/', 2)::int8 FROM \(table) "
                + "WHERE \(quoted) IS NOT NULL LIMIT 1")
        let size = found.count > 0 ? found.integer(0, 0) : nil
        return size.map { Int($0) } ?? PostgresStore.sparsePlaces
    }

    private static func columns(_ table: Int64, _ session: PostgresSession) throws -> [Column] {
        var parameters = PostgresParameters()
        parameters.add(table)
        let found = try session.connection.once(
            """
            SELECT a.attname, t.typname, a.atttypmod,
                CASE WHEN l.collname = 'default' THEN CASE
                        coalesce(to_jsonb(d) ->> 'datlocprovider', 'c')
                        WHEN 'c' THEN d.datcollate IN ('C', 'POSIX') ELSE false END
                    ELSE coalesce(l.collname IN ('C', 'POSIX'), false) END,
                col_description(a.attrelid, a.attnum), a.attgenerated <> ''
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_collation l ON l.oid = a.attcollation
            JOIN pg_database d ON d.datname = current_database()
            WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """, parameters)
        return (0..<found.count).map { row in
            Column(
                name: found.text(row, 0) ?? "", type: found.text(row, 1) ?? "",
                modifier: Int(found.integer(row, 2) ?? -1),
                isBytewise: found.bool(row, 3) ?? false,
                isGenerated: found.bool(row, 5) ?? false, note: note(found.text(row, 4)))
        }
    }

    /// The distances that a column's vector indexes serve, by column.
    private static func distances(
        _ table: Int64, _ session: PostgresSession
    ) throws -> [String: [Distance]] {
        var parameters = PostgresParameters()
        parameters.add(table)
        let found = try session.connection.once(
            """
            SELECT a.attname, o.opcname FROM pg_index i
            JOIN pg_class c ON c.oid = i.indexrelid
            JOIN pg_am m ON m.oid = c.relam AND m.amname IN ('hnsw', 'ivfflat')
            JOIN pg_opclass o ON o.oid = i.indclass[0]
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = $1::oid ORDER BY c.relname
            """, parameters)
        var distances: [String: [Distance]] = [:]
        for row in 0..<found.count {
            guard let column = found.text(row, 0), let operators = found.text(row, 1),
                let distance = Distance.allCases.first(where: {
                    operators.hasSuffix("_\($0.operatorClassSuffix)")
                })
            else { continue }
            distances[column, default: []].append(distance)
        }
        return distances
    }

    private static func payloadIndexes(
        _ table: Int64, _ session: PostgresSession
    ) throws -> [PayloadIndex] {
        var parameters = PostgresParameters()
        parameters.add(table)
        let found = try session.connection.once(
            """
            SELECT obj_description(i.indexrelid, 'pg_class') FROM pg_index i
            WHERE i.indrelid = $1::oid
            """, parameters)
        return (0..<found.count).compactMap { row -> PayloadIndex? in
            let note = note(found.text(row, 0))
            guard case .string(let field)? = note["field"], case .string(let text)? = note["kind"],
                let kind = PayloadIndex.Kind(rawValue: text)
            else { return nil }
            return PayloadIndex(field: field, kind: kind)
        }.sorted { $0.field < $1.field }
    }

    private static let mark = "crossfade:"

    static func note(_ comment: String?) -> JSONObject {
        guard let comment, comment.hasPrefix(mark),
            case .object(let fields)? = try? JSON.parse(String(comment.dropFirst(mark.count)))
        else { return [:] }
        return fields
    }

    static func comment(_ note: JSONObject) -> String { mark + JSON.text(.object(note)) }
}

extension Distance {
    /// As in `vector_cosine_ops`.
    var operatorClassSuffix: String {
        switch self {
        case .cosine: "cosine_ops"
        case .l2: "l2_ops"
        case .innerProduct: "ip_ops"
        case .manhattan: "l1_ops"
        }
    }

    /// pgvector's operator, which gives the distance as `Distance` defines it.
    var sqlOperator: String {
        switch self {
        case .cosine: "<=>"
        case .l2: "<->"
        case .innerProduct: "<#>"
        case .manhattan: "<+>"
        }
    }
}
