import Foundation
import Postgres
import SQLite

/// Both stores side by side, read by nothing of `plan`'s own: every id with its version.
enum Comparison {
    /// nil where they hold the same.
    static func difference(_ stage: Stage) throws -> String? {
        let source = try source(stage)
        let target = try target(stage)
        if source.isEmpty { return "the source is empty" }
        let keys = Set(source.keys).union(target.keys).sorted()
        let differing = keys.filter { source[$0] != target[$0] }
        guard let first = differing.first else { return nil }
        return "\(differing.count) of \(keys.count) keys differ, such as \(first): "
            + "source \(source[first] ?? "nothing"), target \(target[first] ?? "nothing")"
    }

    private static func source(_ stage: Stage) throws -> [Int64: String] {
        let database = try SQLiteDatabase(
            path: stage.folder.appendingPathComponent("old.sqlite").path, access: .readOnly,
            busyTimeout: 2_000)
        let statement = try database.statement(
            "SELECT id, coalesce(json_extract(payload, '$.version'), 0) FROM packages")
        var found: [Int64: String] = [:]
        while try statement.step() {
            found[statement.integer(0)] = "version \(statement.integer(1))"
        }
        return found
    }

    private static func target(_ stage: Stage) throws -> [Int64: String] {
        let connection = try PostgresConnection(
            .init(connection: stage.database, applicationName: "torture"),
            interrupt: PostgresInterrupt())
        let rows = try connection.once(
            "SELECT id, coalesce((payload->>'version')::int8, 0) FROM packages")
        var found: [Int64: String] = [:]
        for row in 0..<rows.count {
            guard let id = rows.integer(row, 0), let version = rows.integer(row, 1) else {
                continue
            }
            found[id] = "version \(version)"
        }
        return found
    }
}
