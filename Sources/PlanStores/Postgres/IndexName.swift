import Hash
import PlanCore

/// Names for our indexes: the same for the same wish, in any process, and within PostgreSQL's 63
/// bytes.
enum IndexName {
    static func vector(schema: String, table: String, column: String, _ spec: IndexSpec) -> String {
        let parameters = spec.parameters.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }
        return name(table, [schema, table, column, spec.kind] + parameters, spec.kind)
    }

    static func payload(schema: String, table: String, _ field: String) -> String {
        name(table, [schema, table, field], "field")
    }

    private static func name(_ table: String, _ parts: [String], _ role: String) -> String {
        let whole = parts.map { "\($0.utf8.count):\($0)" }.joined()
        let digest = SHA.hex(SHA.sha256(whole.utf8))
        var start = String(table.prefix(24))
        while start.utf8.count > 36 { start.removeLast() }
        return "\(start)_\(role)_\(digest.prefix(12))"
    }
}
