import JSON
import PlanCore
import Postgres

extension PostgresShape {
    /// `source` has the id, the payload as jsonb and the vectors, in this order.
    func upsertSQL(from source: String) -> String {
        let batch = vectors.indices.map { "v\($0)" }
        let values = zip(vectors, batch).map { $0.kind == .half ? "b.\($1)::halfvec" : "b.\($1)" }
        var targets = [Self.quoted(idColumn)]
        var sources = ["b.id"]
        var joined = ""
        switch payload {
        case .document(let column, _):
            targets.append(Self.quoted(column))
            sources.append("b.payload")
        case .columns(let fields):
            let written = fields.filter { !$0.isGenerated }
            targets += written.map { Self.quoted($0.column) }
            sources += written.map { "r.\(Self.quoted($0.column))" }
            joined = ", jsonb_populate_record(NULL::\(table), b.payload) AS r"
        }
        targets += vectors.map { Self.quoted($0.column) }
        let updates = targets.dropFirst().map { "\($0) = excluded.\($0)" }
        let action =
            updates.isEmpty
            ? "NOTHING" : "UPDATE SET \(updates.joined(separator: ", "))"
        let names = (["id", "payload"] + batch).joined(separator: ", ")
        return "INSERT INTO \(table) AS t (\(targets.joined(separator: ", "))) "
            + "OVERRIDING SYSTEM VALUE "
            + "SELECT \((sources + values).joined(separator: ", ")) "
            + "FROM \(source) AS b(\(names))\(joined) "
            + "ON CONFLICT (\(Self.quoted(idColumn))) DO \(action)"
    }

    /// $1 ids, $2 payloads, then the vectors.
    var arraysSQL: String {
        let arrays =
            ["$1::\(idType.array)", "$2::jsonb[]"]
            + vectors.enumerated().map { "$\($0 + 3)::\($1.kind.wire)[]" }
        return "unnest(\(arrays.joined(separator: ", ")))"
    }

    /// Emptied by each commit; lives as long as its connection.
    var batchTableSQL: String {
        let columns = vectors.enumerated().map { ", v\($0) \($1.kind.wire)" }.joined()
        return "CREATE TEMPORARY TABLE IF NOT EXISTS crossfade_batch "
            + "(id \(idType.scalar), payload jsonb\(columns)) ON COMMIT DELETE ROWS"
    }

    /// $1 ids, $2 fields to set, $3 fields to remove or `null` for all of them, then the vectors,
    /// NULL for those that stay.
    /// Returns the ids that were there.
    var updateSQL: String {
        let batch = vectors.indices.map { "v\($0)" }
        let arrays =
            ["$1::\(idType.array)", "$2::text[]", "$3::text[]"]
            + vectors.enumerated().map { "$\($0 + 4)::\($1.kind.wire)[]" }
        var changes = zip(vectors, batch).map { vector, value in
            let column = Self.quoted(vector.column)
            let cast = vector.kind == .half ? "::halfvec" : ""
            return "\(column) = coalesce(b.\(value)\(cast), t.\(column))"
        }
        let removed = "ARRAY(SELECT jsonb_array_elements_text(b.remove::jsonb))"
        var joined = ""
        switch payload {
        case .document(let column, _):
            changes.append(
                "\(Self.quoted(column)) = "
                    + "CASE WHEN b.remove = 'null' THEN '{}'::jsonb "
                    + "ELSE coalesce(\(payloadExpression), '{}'::jsonb) - \(removed) END "
                    + "|| b.set::jsonb")
        case .columns(let fields):
            joined = ", jsonb_populate_record(NULL::\(table), b.set::jsonb) AS r"
            changes += fields.filter { !$0.isGenerated }.map { field in
                let column = Self.quoted(field.column)
                let key = PostgresText.quoted(literal: field.column)
                return "\(column) = CASE WHEN b.set::jsonb ? \(key) THEN r.\(column) "
                    + "WHEN b.remove = 'null' OR b.remove::jsonb ? \(key) THEN NULL ELSE t.\(column) END"
            }
        }
        let names = (["id", "set", "remove"] + batch).joined(separator: ", ")
        return """
            WITH b AS MATERIALIZED (SELECT * FROM unnest(\(arrays.joined(separator: ", ")))
                AS b(\(names))),
            held AS MATERIALIZED (SELECT \(id) AS id FROM \(table) AS t
                WHERE \(id) = ANY($1::\(idType.array)) ORDER BY \(orderedID) FOR UPDATE)
            UPDATE \(table) AS t SET \(changes.joined(separator: ", "))
            FROM held JOIN b ON b.id = held.id\(joined) WHERE \(id) = held.id RETURNING \(id)
            """
    }

    /// As JSON: the fields to remove, or null for all of them.
    func removal(_ patch: RecordPatch) -> String {
        if patch.clears { return "null" }
        return JSON.text(.array(removed(patch).map { .string($0) }))
    }

    /// Columns to remove, where the table has a column for each field.
    func removed(_ patch: RecordPatch) -> [String] {
        guard case .columns(let fields) = payload else { return patch.remove }
        return patch.remove.compactMap { name in fields.first { $0.name == name }?.column }
    }

    /// False for an id that no row can have, and that could not even be sent.
    func couldHold(_ id: RecordID) -> Bool {
        switch (idType, id) {
        case (.integer, .int), (.uuid, .uuid): true
        case (.text, .string(let text)), (.text, .uuid(let text)): !text.holdsNUL
        default: false
        }
    }

    func check(_ patch: RecordPatch, _ operation: String) throws(StoreError) {
        if !couldHold(patch.id) {
            throw PostgresFailure.refused(
                "the id '\(patch.id.text.prefix(60))' does not fit ids of kind "
                    + description.idKind.rawValue, operation, ids: [patch.id])
        }
        for (name, vector) in patch.vectors.sorted(by: { $0.key < $1.key }) {
            let label = name.isEmpty ? "the vector" : "the vector '\(name)'"
            var reason: String?
            if let spec = description.vector(name) {
                if (vector.dense == nil) != spec.isSparse {
                    reason = "\(label) is \(spec.isSparse ? "dense" : "sparse")"
                } else if spec.dimension > 0, vector.count != spec.dimension {
                    reason = "\(label) has \(vector.count) entries where \(spec.dimension) belong"
                } else if let unfit = unfit(vector, name) {
                    reason = "\(label) \(unfit)"
                } else if !vector.isFinite {
                    reason = "\(label) holds NaN or an infinity"
                }
            } else {
                reason = "\(label) is none that the collection has"
            }
            if let reason { throw PostgresFailure.refused(reason, operation, ids: [patch.id]) }
        }
        try check(patch.set, of: patch.id, operation)
        if patch.remove.contains(where: \.holdsNUL) {
            throw PostgresFailure.refused(
                "a field to remove holds NUL, which no field does", operation, ids: [patch.id])
        }
    }
}
