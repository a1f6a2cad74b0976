import Foundation
import PlanCore
import PlanStores
import Postgres
import TestServers
import Testing

/// A source that somebody drops and makes anew in the middle of a run.
extension BlackBox {
    @Suite(.serialized)
    struct ReplacedCollectionTests {
        private static let steps = [
            "create_target: {distance: cosine}", "dual_write",
            "backfill: {workers: 1, batch_size: 100}", "approval: {}\n    name: go",
            "verify: {mode: full, repair: true}",
        ]

        /// `replace` drops the source's collection and makes an empty one of its name.
        private func expectStop(
            source: String, _ sandbox: Sandbox, replace: () async throws -> Void
        ) async throws {
            var plan = PlanText()
            plan.source = source
            plan.steps = Self.steps
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let apply = try sandbox.start("plan", "apply", "plan.yaml", "--gateway", "--wait")
            _ = try await sandbox.status { $0["next"].text == "plan approve plan.yaml go" }
            try await replace()
            let ended = try await apply.finish(within: 40)
            #expect(ended.code != 0, "\(ended.output)")
            #expect(ended.errors.contains("dropped and made anew"), "\(ended.errors)")
            try await sandbox.run("plan", "approve", "plan.yaml", "go")
            let again = try await sandbox.run("plan", "apply", "plan.yaml", "--gateway")
            #expect(again.code != 0, "\(again.output)")
            #expect(again.errors.contains("another database"), "\(again.errors)")
            let target = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("new.sqlite"), table: "packages"))
            #expect(try await target.count() == 40)
            await target.close()
        }

        private func fill(_ store: any VectorStore) async throws {
            try await store.create(
                CollectionDescription(
                    name: "packages", idKind: .int,
                    vectors: [VectorSpec(dimension: 3, distance: .cosine)]))
            try await store.upsert(
                (1...40).map { Record(id: .int($0), vector: [1, Float($0), 0]) })
        }

        private func empty(_ store: any VectorStore) async throws {
            let shape = try #require(try await store.describe())
            try await store.drop()
            try await store.create(shape)
            await store.close()
        }

        @Test func `a table of PostgreSQL made anew stops the run, and nothing is deleted`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let database = try PostgresServer.shared().makeDatabase()
            let store = PostgresStore(
                configuration: PostgresStoreConfiguration(
                    connection: Secret(database), table: "packages"))
            try await fill(store)
            try await expectStop(
                source: "{store: pgvector, url: \"\(database)\", table: packages, deadline: 1s, "
                    + "quarantine: 1s}", sandbox
            ) { try await empty(store) }
        }

        @Test func `a collection of Chroma made anew stops the run, and nothing is deleted`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let url = try RESTServer.shared(.chroma).url
            let name = "anew-\(UUID().uuidString)"
            let store = ChromaStore(
                configuration: ChromaStoreConfiguration(url: Secret(url), collection: name))
            try await fill(store)
            try await expectStop(
                source: "{store: chroma, url: \"\(url)\", collection: \(name), deadline: 1s, "
                    + "quarantine: 1s}", sandbox
            ) { try await empty(store) }
        }
    }
}
