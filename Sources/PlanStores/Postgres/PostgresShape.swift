import PlanCore
import Postgres

/// A table's columns as the catalogs have them, and the SQL that names them. Identifiers are quoted
/// once, here. In every statement the table is called `t`.
struct PostgresShape: Hashable, Sendable {
    enum IDType: Hashable, Sendable {
        case integer, text, uuid

        var array: String {
            switch self {
            case .integer: "int8[]"
            case .text: "text[]"
            case .uuid: "uuid[]"
            }
        }

        var scalar: String { String(array.dropLast(2)) }

        var elementType: UInt32 {
            switch self {
            case .integer: PostgresType.int8
            case .text: PostgresType.text
            case .uuid: PostgresType.uuid
            }
        }

        var arrayType: UInt32 {
            switch self {
            case .integer: PostgresType.int8Array
            case .text: PostgresType.textArray
            case .uuid: PostgresType.uuidArray
            }
        }
    }

    enum Payload: Hashable, Sendable {
        case document(column: String, isBinary: Bool)
        /// Sorted by field.
        case columns([Field])

        var columns: [String] {
            switch self {
            case .document(let column, _): [column]
            case .columns(let fields): fields.map(\.column)
            }
        }
    }

    struct Field: Hashable, Sendable {
        var name: String
        var column: String
        var type: String
        /// The server's to write.
        var isGenerated = false
    }

    struct VectorColumn: Hashable, Sendable {
        /// The column's type; its size, of a sparse one, is the number of places.
        enum Kind: Hashable, Sendable {
            case full, half
            case sparse(size: Int)

            var isSparse: Bool {
                if case .sparse = self { true } else { false }
            }

            /// The type's name, which is that of its operator classes too.
            var word: String {
                switch self {
                case .full: "vector"
                case .half: "halfvec"
                case .sparse: "sparsevec"
                }
            }

            /// The type that its values are sent and read as.
            var wire: String { isSparse ? "sparsevec" : "vector" }
        }

        var name: String
        var column: String
        var kind: Kind
    }

    var schema: String
    var tableName: String
    var idColumn: String
    var idType: IDType
    /// Whether the column's own order is that of the bytes.
    var isIDOrderExact: Bool
    /// Whether COPY into the table itself does what an INSERT does: no rules, no row security, and
    /// columns that take our binary values as they are.
    var takesCopy: Bool
    var payload: Payload
    /// In the description's order.
    var vectors: [VectorColumn]
    var description: CollectionDescription
    /// False where a column has no declared size: the first row brings it.
    var isSettled: Bool

    static func quoted(_ name: String) -> String { PostgresText.quoted(identifier: name) }

    var table: String { "\(Self.quoted(schema)).\(Self.quoted(tableName))" }
    var id: String { "t.\(Self.quoted(idColumn))" }
    /// The id in `RecordID`'s order.
    var orderedID: String { isIDOrderExact ? id : "\(id) COLLATE \"C\"" }

    /// The payload as one jsonb.
    var payloadExpression: String {
        switch payload {
        case .document(let column, let isBinary):
            return "t.\(Self.quoted(column))" + (isBinary ? "" : "::jsonb")
        case .columns(let fields) where fields.isEmpty: return "'{}'::jsonb"
        case .columns(let fields):
            let values = fields.map {
                "(\(PostgresText.quoted(literal: $0.name)), to_jsonb(t.\(Self.quoted($0.column))))"
            }.joined(separator: ", ")
            return "(SELECT coalesce(jsonb_object_agg(f.k, f.v), '{}'::jsonb) "
                + "FROM (VALUES \(values)) AS f(k, v) WHERE f.v IS NOT NULL)"
        }
    }

    /// The columns of a read: id, then payload, then the vectors.
    func columns(payload: Bool, vectors includesVectors: Bool) -> String {
        var list = [id]
        if payload { list.append(payloadExpression) }
        if includesVectors {
            list += vectors.map {
                "t.\(Self.quoted($0.column))" + ($0.kind == .half ? "::vector" : "")
            }
        }
        return list.joined(separator: ", ")
    }

    func columns(_ projection: Projection) -> String {
        columns(payload: projection != .idsOnly, vectors: projection == .full)
    }
}
