import Foundation
import PlanCore
import Postgres
import TestServers
import Testing

/// The mirror asks the target through connections of its own: no request of the application's waits
/// for one of its reads.
extension BlackBox {
    @Suite(.serialized)
    struct MirrorConnectionsTests {
        @Test func `a gateway that mirrors has the plan's connections twice`() async throws {
            let database = try PostgresServer.shared().makeDatabase()
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            sandbox.variables["NEW_DATABASE_URL"] = database
            try await sandbox.seed(records: 300)
            var plan = PlanText()
            plan.target =
                "{store: pgvector, url: \"env:NEW_DATABASE_URL\", table: packages, "
                + "connections: 1, deadline: 2s, quarantine: 2s}"
            plan.steps[4] = "mirror: {percent: 100, duration: 5h}"
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let apply = try sandbox.start("plan", "apply", "plan.yaml")
            _ = try await sandbox.status(within: 60) { status in
                let mirror = status["steps"].items.first { $0["name"].text == "mirror" }
                return mirror?["state"].text == "running"
            }
            // What it had of its own ends with it.
            apply.kill(SIGKILL)
            _ = try await apply.finish(within: 10)
            let server = try PostgresServer.connect(database)
            for _ in 0..<1_000 where try connections(server) > 1 {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try connections(server) == 1)
            for _ in 0..<1_000 where try connections(server) < 2 {
                #expect(try await sandbox.put(1) == 200)
                let read = try await sandbox.ask("POST", "/v1/records/get", ["ids": [1]])
                #expect(read.status == 200)
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try connections(server) == 2)
        }

        private func connections(_ server: PostgresConnection) throws -> Int {
            let counted = try server.once(
                "SELECT count(*) FROM pg_stat_activity "
                    + "WHERE datname = current_database() AND application_name = 'crossfade'")
            return Int(counted.integer(0, 0) ?? 0)
        }
    }
}
