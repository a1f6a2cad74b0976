import PlanCore
import SQLite

/// Looks at a file before anybody has said which of its tables is meant.
package enum SQLiteScout {
    /// Tables with a column of bytes, and those of sqlite-vec, by name. Throws `StoreError`.
    package static func tables(path: String) async throws -> [FoundTable] {
        let channel = SQLiteChannel(
            SQLiteStoreConfiguration(path: path, table: ""), access: .readOnly, busyTimeout: 5_000)
        let found = try await channel.run("init") { database in
            let select = try database.statement(
                """
                SELECT m.name, c.name, lower(c.type), c.pk = 1 AND
                    (SELECT count(*) FROM pragma_table_info(m.name) AS k WHERE k.pk > 0) = 1
                FROM sqlite_master AS m, pragma_table_info(m.name) AS c
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
                    AND m.name NOT LIKE 'crossfade_%' AND m.rootpage > 0
                ORDER BY m.name, c.cid
                """)
            defer { select.reset() }
            var tables: [FoundTable] = []
            while try select.step() {
                let name = select.text(0)
                if tables.last?.name != name { tables.append(FoundTable(name: name)) }
                tables[tables.count - 1].columns.append(
                    FoundTable.Column(
                        name: select.text(1), type: select.text(2), isKey: select.integer(3) == 1))
            }
            let plain = tables.filter { $0.columns.contains { $0.type == "blob" || $0.type == "" } }
            let virtual = try virtualTables(database)
            return
                (plain.filter { table in
                    !virtual.contains { table.name.hasPrefix($0.name + "_") }
                } + virtual.filter(\.isVec0)).sorted { $0.name < $1.name }
        }
        await channel.close()
        return found
    }

    /// They keep their data in tables that begin with their name.
    private static func virtualTables(_ database: SQLiteDatabase) throws -> [FoundTable] {
        let select = try database.statement(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND rootpage = 0")
        defer { select.reset() }
        var found: [FoundTable] = []
        while try select.step() {
            let name = select.text(0)
            let declared = try? Vec0Table(name: name, declaration: select.text(1))
            found.append(FoundTable(name: name, isVec0: declared != nil))
        }
        return found
    }
}
