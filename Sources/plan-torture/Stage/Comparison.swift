import Foundation
import HTTPClient
import JSON
import PlanCore
import Postgres
import SQLite

/// Both stores side by side, read by nothing of `plan`'s own: every id with its version.
enum Comparison {
    /// nil where they hold the same.
    static func difference(_ stage: Stage) async throws -> String? {
        let (source, target) = try await held(stage)
        if source.isEmpty { return "the source is empty" }
        let keys = Set(source.keys).union(target.keys).sorted()
        let differing = keys.filter { source[$0] != target[$0] }
        guard let first = differing.first else { return nil }
        return "\(differing.count) of \(keys.count) keys differ, such as \(first): "
            + "source \(source[first] ?? "nothing"), target \(target[first] ?? "nothing")"
    }

    private static func held(
        _ stage: Stage
    ) async throws -> (source: [Int64: String], target: [Int64: String]) {
        switch stage.pair {
        case .sqliteToPostgres: (try source(stage), try target(stage))
        case .qdrantToQdrant(let source, let target):
            (try await points(source, "packages"), try await points(target, "moved"))
        }
    }

    private static func points(_ url: String, _ collection: String) async throws -> [Int64: String]
    {
        let http = HTTPClient()
        defer { http.close() }
        var found: [Int64: String] = [:]
        var offset = JSONValue.null
        while true {
            let asked: JSONValue = [
                "limit": 500, "offset": offset, "with_payload": ["version"],
            ]
            let answer = try await http.request(
                "POST", "\(url)/collections/\(collection)/points/scroll",
                headers: [("Content-Type", "application/json")], body: Array(JSON.text(asked).utf8))
            let result = try JSON.parse(String(decoding: answer.body, as: UTF8.self))["result"]
            for point in result?["points"]?.items ?? [] {
                guard let id = point["id"]?.int else { continue }
                found[id] = "version \(point["payload"]?["version"]?.int ?? 0)"
            }
            guard let next = result?["next_page_offset"], next != .null else { return found }
            offset = next
        }
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
            .init(connection: stage.pair.database, applicationName: "torture"),
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
