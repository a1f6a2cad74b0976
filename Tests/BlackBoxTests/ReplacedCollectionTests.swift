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
            let again = try await sandbox.apply("--gateway")
            #expect(again.code != 0, "\(again.output)")
            #expect(again.errors.contains("another database"), "\(again.errors)")
            let target = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("new.sqlite"), table: "packages"))
            #expect(try await target.count() == 40)
            await target.close()
        }

        private func fill(_ store: any VectorStore, count: Int64 = 40) async throws {
            try await store.create(
                CollectionDescription(
                    name: "packages", idKind: .int,
                    vectors: [VectorSpec(dimension: 3, distance: .cosine)]))
            try await store.upsert(
                (1...count).map { Record(id: .int($0), vector: [1, Float($0), 0]) })
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

        /// The engine of Qdrant tells no collection from another of its name.
        @Test func `a collection of Qdrant made anew, and empty, has nothing deleted for it`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let url = try RESTServer.shared(.qdrant).url
            let name = "anew-\(UUID().uuidString)"
            let store = QdrantStore(
                configuration: QdrantStoreConfiguration(url: Secret(url), collection: name))
            try await fill(store, count: 150)
            var plan = PlanText()
            plan.source =
                "{store: qdrant, url: \"\(url)\", collection: \(name), ids: int, deadline: 1s, "
                + "quarantine: 1s}"
            plan.steps = Self.steps
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            // One that goes on when the command has ended: it would repair what is marked.
            _ = try await sandbox.startGateway()
            let waits = try await sandbox.apply()
            #expect(waits.code == 4, "\(waits.output)\(waits.errors)")
            try await empty(store)
            try await sandbox.run("plan", "approve", "plan.yaml", "go")
            for _ in 0..<2 {
                let verified = try await sandbox.apply()
                #expect(verified.code == 1, "\(verified.output)")
                #expect(verified.errors.contains("holds nothing at all"), "\(verified.errors)")
            }
            let status = try await sandbox.settled(within: 20)
            #expect(status["gateway"]["backlog"]["repairs"] == 0, "\(status)")
            let target = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("new.sqlite"), table: "packages"))
            #expect(try await target.count() == 150)
            await target.close()
        }

        @Test func `an application that deletes everything is obeyed`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 150)
            var plan = PlanText()
            plan.steps = Self.steps
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let waits = try await sandbox.apply()
            #expect(waits.code == 4, "\(waits.output)\(waits.errors)")
            let deleted = try await sandbox.ask(
                "POST", "/v1/records/delete", ["filter": ["not": ["exists": "no such field"]]])
            #expect(deleted.status == 200, "\(deleted)")
            try await sandbox.run("plan", "approve", "plan.yaml", "go")
            let verified = try await sandbox.apply()
            #expect(verified.code == 0, "\(verified.output)\(verified.errors)")
            try await Settled.expectEqual(sandbox)
            for name in ["old.sqlite", "new.sqlite"] {
                let store = SQLiteStore(
                    configuration: SQLiteStoreConfiguration(
                        path: sandbox.path(name), table: "packages"))
                #expect(try await store.count() == 0, "\(name)")
                await store.close()
            }
        }
    }
}
