import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// The main job to Qdrant and from it: its engine behind our shim, not the Qdrant server.
extension BlackBox {
    @Suite(.serialized)
    struct QdrantMainJobTests {
        private static let limits = "deadline: 5s, quarantine: 5s"

        private func sandbox(_ server: RESTServer) async throws -> Sandbox {
            let sandbox = try Sandbox()
            sandbox.variables["QDRANT_URL"] = server.url
            try await sandbox.seed()
            return sandbox
        }

        private func endpoint(_ collection: String, _ more: String = "") -> String {
            "{store: qdrant, url: \"env:QDRANT_URL\", collection: \(collection), "
                + "\(Self.limits)\(more)}"
        }

        private func move(_ sandbox: Sandbox) async throws {
            _ = try await sandbox.startGateway()
            let traffic = try sandbox.startTraffic(seconds: 500, expect: "done")
            let applied = try await sandbox.apply()
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            let seen = try await traffic.finish()
            #expect(seen.code == 0, "\(seen.output)")
            try await Settled.expectEqual(sandbox)
        }

        private func toQdrant() throws -> PlanText {
            var plan = PlanText()
            plan.target = endpoint("packages_\(UUID().uuidString)")
            plan.steps.insert("create_index: {kind: hnsw, m: 8, ef_construction: 32}", at: 3)
            return plan
        }

        @Test func `a collection moves from SQLite to Qdrant and the application sees no fault`()
            async throws
        {
            let sandbox = try await sandbox(try RESTServer.shared(.qdrant))
            defer { sandbox.end() }
            try sandbox.write(
                try toQdrant().text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let checked = try await sandbox.run("plan", "validate", "--connect", "plan.yaml")
            #expect(checked.code == 0, "\(checked.output)\(checked.errors)")
            let shown = try await sandbox.run("plan", "preview", "plan.yaml")
            #expect(shown.output.contains("sqlite → qdrant"), "\(shown.output)")
            try await move(sandbox)
        }

        @Test func `apply to Qdrant killed ten times and resumed ends equal`() async throws {
            let sandbox = try await sandbox(try RESTServer.shared(.qdrant))
            defer { sandbox.end() }
            try sandbox.write(
                try toQdrant().text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            try await KillTests.killAndResume(sandbox, kills: 10)
        }

        @Test func `a collection moves from Qdrant to PostgreSQL`() async throws {
            let server = try RESTServer.shared(.qdrant)
            let sandbox = try await sandbox(server)
            defer { sandbox.end() }
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            let name = "packages_\(UUID().uuidString)"
            try await fill(
                QdrantStoreConfiguration(url: Secret(server.url), collection: name), sandbox)
            var plan = PlanText()
            plan.source = endpoint(name, ", ids: int")
            plan.target =
                "{store: pgvector, url: \"env:NEW_DATABASE_URL\", table: packages, "
                + "\(Self.limits)}"
            plan.steps.insert("create_index: {kind: hnsw, m: 8, ef_construction: 32}", at: 3)
            try sandbox.write(
                plan.patient.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            try await move(sandbox)
        }

        /// What a plan asks of a pair that cannot do it is said before anything moves.
        @Test func `a pair that does not fit is refused before the run`() async throws {
            let server = try RESTServer.shared(.qdrant)
            let sandbox = try await sandbox(server)
            defer { sandbox.end() }
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            let name = "packages_\(UUID().uuidString)"
            try await fill(
                QdrantStoreConfiguration(url: Secret(server.url), collection: name), sandbox)
            var plan = PlanText()
            plan.source = endpoint(name)
            plan.target = "{store: pgvector, url: \"env:NEW_DATABASE_URL\", table: packages}"
            plan.steps += ["decommission: {source: rename}"]
            try sandbox.write(
                plan.patient.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let checked = try await sandbox.run("plan", "validate", "--connect", "plan.yaml")
            let said = checked.output + checked.errors
            #expect(checked.code == 2, "\(said)")
            #expect(said.contains("do not fit one column") && said.contains("ids: uuid"))
            #expect(said.contains("qdrant cannot rename a collection"))
        }

        private func fill(
            _ configuration: QdrantStoreConfiguration, _ sandbox: Sandbox
        ) async throws {
            let old = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("old.sqlite"), table: "packages"))
            let store = QdrantStore(configuration: configuration)
            var wanted = try #require(try await old.describe())
            wanted.idKind = .int
            try await store.create(wanted)
            try await store.upsert(try await old.scan(.all, limit: 10_000))
            await store.close()
            await old.close()
        }
    }
}
