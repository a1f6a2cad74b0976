import Foundation
import TestServers
import Testing

/// The main job again, from SQLite to PostgreSQL with pgvector.
extension BlackBox {
    @Suite(.serialized)
    struct PostgresMainJobTests {
        private func sandbox() async throws -> Sandbox {
            let database = try PostgresServer.shared().makeDatabase()
            let sandbox = try Sandbox()
            sandbox.variables["NEW_DATABASE_URL"] = database
            try await sandbox.seed()
            var plan = PlanText()
            plan.target =
                "{store: pgvector, url: \"env:NEW_DATABASE_URL\", table: packages, "
                + "deadline: 5s, quarantine: 5s}"
            plan.steps.insert("create_index: {kind: hnsw, m: 8, ef_construction: 32}", at: 3)
            try sandbox.write(
                plan.patient.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            return sandbox
        }

        @Test func `a collection moves to PostgreSQL and the application sees no fault`()
            async throws
        {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            let gateway = try await sandbox.startGateway()
            let traffic = try sandbox.startTraffic(seconds: 500, expect: "done")
            let applied = try await sandbox.apply()
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            let seen = try await traffic.finish()
            #expect(seen.code == 0, "\(seen.output)\(gateway.complaints)")
            try await Settled.expectEqual(sandbox)
        }

        @Test func `apply to PostgreSQL killed ten times and resumed ends equal`() async throws {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            try await KillTests.killAndResume(sandbox, kills: 10)
        }

        @Test func `back from PostgreSQL the source holds what was written after the cutover`()
            async throws
        {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            let traffic = try sandbox.startTraffic(seconds: 500, expect: "rolled_back")
            let applied = try await sandbox.apply("--until", "cutover")
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            try await Task.sleep(for: .seconds(1))
            let back = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            let seen = try await traffic.finish()
            #expect(seen.code == 0, "\(seen.output)")
            try await Settled.expectEqual(sandbox)
        }
    }
}
