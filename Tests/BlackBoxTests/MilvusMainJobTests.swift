import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// The main job to Milvus 2.3, whose reads lag behind its writes, and from Milvus to PostgreSQL.
extension BlackBox {
    @Suite(.serialized)
    struct MilvusMainJobTests {
        private let collection = "packages_\(Int.random(in: 0..<Int.max))"

        private func endpoint() throws -> String {
            let server = try RESTServer.shared(.milvus)
            try server.makeCollection(
                collection, dimension: 384, textIDs: false, metric: "COSINE")
            return "{store: milvus, url: \"\(server.url)\", collection: \(collection), "
                + "deadline: 5s, quarantine: 5s, staleness_bound: 2s}"
        }

        /// `lag`: of the application's own store, before the move.
        private func run(_ plan: PlanText, in sandbox: Sandbox, lag: Int = 0) async throws {
            try sandbox.write(
                plan.patient.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let gateway = try await sandbox.startGateway()
            let traffic = try sandbox.startTraffic(
                records: 300, seconds: 500, expect: "done", lag: lag)
            let applied = try await sandbox.apply(within: 180)
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            let seen = try await traffic.finish(within: 180)
            #expect(seen.code == 0, "\(seen.output)")
            try await Settled.expectEqual(sandbox)
            gateway.kill(SIGTERM)
            #expect(try await gateway.finish(within: 10).code == 0)
        }

        @Test func `a collection moves to Milvus and the application sees no fault`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 300)
            var plan = PlanText()
            plan.target = try endpoint()
            try await run(plan, in: sandbox)
        }

        /// The second version of the API: the engine of Milvus 2.5 behind our shim.
        @Test func `a collection moves to a Milvus that makes it`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 300)
            var plan = PlanText()
            plan.target =
                "{store: milvus, url: \"\(try RESTServer.shared(.milvusLite).url)\", "
                + "collection: \(collection), deadline: 5s, quarantine: 5s, staleness_bound: 0s}"
            try await run(plan, in: sandbox)
        }

        @Test func `a collection moves from Milvus to PostgreSQL`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 300)
            var plan = PlanText()
            plan.source = try endpoint()
            let held = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("old.sqlite"), table: "packages"))
            let source = MilvusStore(
                configuration: MilvusStoreConfiguration(
                    url: Secret(try RESTServer.shared(.milvus).url), collection: collection))
            try await Copying.fill(held, to: source)
            try await settle(source)
            plan.target =
                "{store: pgvector, url: \"\(try PostgresServer.shared().makeDatabase())\", "
                + "table: packages, deadline: 5s, quarantine: 5s}"
            try await run(plan, in: sandbox, lag: 6)
        }

        /// The application begins with a source that shows all it was filled with.
        private func settle(_ source: MilvusStore) async throws {
            while try await source.scan(.all, after: nil, limit: 1_000).count < 300 {
                try await Task.sleep(for: .milliseconds(100))
            }
            try await Task.sleep(for: .seconds(3))
        }
    }
}
