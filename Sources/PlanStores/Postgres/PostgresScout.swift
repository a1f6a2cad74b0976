import PlanCore
import Postgres

/// Looks at a database before anybody has said which of its tables is meant.
package enum PostgresScout {
    /// Tables with a column of vectors, by schema and name. Throws `StoreError`.
    package static func tables(connection: Secret) async throws -> [FoundTable] {
        let channel = PostgresChannel(
            PostgresStoreConfiguration(connection: connection, table: ""))
        let found = try await channel.run("init", .none, since: .now, limit: .seconds(10)) {
            session in
            let rows = try session.connection.once(
                """
                SELECT n.nspname, c.relname, a.attname, t.typname, EXISTS (
                    SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary
                        AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum),
                    col_description(c.oid, a.attnum)
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
                    AND NOT a.attisdropped AND a.attgenerated = ''
                JOIN pg_type t ON t.oid = a.atttypid
                WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg_%' AND EXISTS (
                    SELECT 1 FROM pg_attribute v JOIN pg_type y ON y.oid = v.atttypid
                    WHERE v.attrelid = c.oid AND NOT v.attisdropped
                        AND y.typname IN ('vector', 'halfvec'))
                ORDER BY n.nspname, c.relname, a.attnum
                """, PostgresParameters())
            var tables: [FoundTable] = []
            for row in 0..<rows.count {
                let schema = rows.text(row, 0) ?? ""
                let name = rows.text(row, 1) ?? ""
                if tables.last?.name != name || tables.last?.schema != schema {
                    tables.append(FoundTable(schema: schema, name: name))
                }
                tables[tables.count - 1].columns.append(
                    FoundTable.Column(
                        name: rows.text(row, 2) ?? "", type: rows.text(row, 3) ?? "",
                        isKey: rows.bool(row, 4) == true,
                        isOurs: PostgresCatalog.note(rows.text(row, 5))["vector"] != nil))
            }
            return tables
        }
        await channel.close()
        return found
    }
}
