import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// An application with the real `qdrant-client`, in front of Qdrant's engine behind our shim and
/// through the gateway in every phase of a migration: each call is made of both, and every answer
/// compared.
extension BlackBox {
    @Suite(.serialized)
    struct QdrantDialectTests {
        private static let limits = "deadline: 5s, quarantine: 5s"
        private static let steps = [
            "create_target: {distance: cosine}", "dual_write",
            "backfill: {workers: 2, batch_size: 100}", PlanText.verify,
            "mirror: {percent: 100, duration: 15s}\n    guards: [repair_backlog < 9999]",
            """
            cutover:
                  steps: [{set_weight: 30}, {pause: {}}, {set_weight: 100}]
                guards: [repair_backlog < 9999]
            """,
            "soak: {duration: 1s}\n    guards: [repair_backlog < 9999]",
        ]

        @Test func `from Qdrant to Qdrant every call gets the engine's own answer`() async throws {
            let (reference, source) = (try RESTServer(.qdrant), try RESTServer(.qdrant))
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let calls = QdrantCalls(
                sandbox: sandbox, direct: reference.url, collection: "things", word: "alike")
            try await calls.fill(source.url)
            var plan = PlanText()
            plan.source = endpoint(source, "things")
            plan.target = endpoint(source, "things_new")
            try await migrate(calls, plan)
        }

        @Test func `from Qdrant to PostgreSQL every call gets the engine's own answer`()
            async throws
        {
            let (reference, source) = (try RESTServer(.qdrant), try RESTServer(.qdrant))
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            let calls = QdrantCalls(
                sandbox: sandbox, direct: reference.url, collection: "things")
            try await calls.fill(source.url)
            var plan = PlanText()
            plan.source = endpoint(source, "things", ", ids: int")
            plan.target =
                "{store: pgvector, url: \"env:NEW_DATABASE_URL\", table: things, \(Self.limits)}"
            try await migrate(calls, plan, goesOn: true)
        }

        @Test func `from SQLite to PostgreSQL every call gets the engine's own answer`()
            async throws
        {
            let reference = try RESTServer(.qdrant)
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            let old = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("old.sqlite"), table: "things"))
            try await old.create(
                CollectionDescription(
                    name: "things", idKind: .int,
                    vectors: [VectorSpec(dimension: 16, distance: .cosine)]))
            await old.close()
            var plan = PlanText()
            plan.source = "{store: sqlite, path: old.sqlite, table: things, \(Self.limits)}"
            plan.target =
                "{store: pgvector, url: \"env:NEW_DATABASE_URL\", table: things, \(Self.limits)}"
            let calls = QdrantCalls(
                sandbox: sandbox, direct: reference.url, collection: "things")
            try await migrate(calls, plan, fillsThroughGateway: true)
        }

        private func endpoint(
            _ server: RESTServer, _ collection: String, _ more: String = ""
        ) -> String {
            "{store: qdrant, url: \"\(server.url)\", collection: \(collection), "
                + "\(Self.limits)\(more)}"
        }

        /// There and back, with the calls made in every phase.
        private func migrate(
            _ calls: QdrantCalls, _ plan: PlanText, fillsThroughGateway: Bool = false,
            goesOn: Bool = false
        ) async throws {
            let sandbox = calls.sandbox
            var plan = plan
            plan.steps = Self.steps + (goesOn ? ["decommission: {source: drop}"] : [])
            plan.speak = "qdrant"
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            if fillsThroughGateway {
                try await calls.fill("http://127.0.0.1:\(sandbox.port)", isMade: true)
            }
            try await compare(calls, "single", seed: 2, authority: "source", weight: 0)
            try await apply(sandbox, "dual_write")
            try await compare(calls, "dual", seed: 3, authority: "source", weight: 0)
            try await mirrored(calls)
            // Waits for a person at 30%.
            try await apply(sandbox, "cutover", code: 4)
            try await compare(calls, "weighted", seed: 5, authority: "source", weight: 30)
            let approved = try await sandbox.run("plan", "approve", "plan.yaml", "cutover")
            #expect(approved.code == 0, "\(approved.errors)")
            try await apply(sandbox, "cutover")
            try await compare(calls, "target", seed: 6, authority: "target", weight: 0)
            if goesOn {
                try await apply(sandbox, "decommission", code: 4)
                let approved = try await sandbox.run(
                    "plan", "approve", "plan.yaml", "decommission")
                #expect(approved.code == 0, "\(approved.errors)")
                try await apply(sandbox, "decommission")
                try await compare(
                    calls, "decommissioned", seed: 7, authority: "target", weight: 0)
                return
            }
            let back = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            try await compare(calls, "rolled back", seed: 7, authority: "source", weight: 0)
        }

        /// While the target is asked every read too.
        private func mirrored(_ calls: QdrantCalls) async throws {
            let sandbox = calls.sandbox
            let apply = try sandbox.start("plan", "apply", "plan.yaml", "--until", "mirror")
            for _ in 0..<400 {
                let route = try await sandbox.get("/status")["gateway"]["route"]
                if route["mirror"].number == 100 { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            try await compare(calls, "mirror", seed: 4, authority: "source", weight: 0)
            let offered = try await sandbox.get("/status")["gateway"]["mirror"]["offered"]
            #expect(offered.number ?? 0 > 0, "\(offered)")
            let applied = try await apply.finish(within: 120)
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
        }

        private func apply(_ sandbox: Sandbox, _ step: String, code: Int32 = 0) async throws {
            let applied = try await sandbox.run("plan", "apply", "plan.yaml", "--until", step)
            #expect(applied.code == code, "\(step): \(applied.output)\(applied.errors)")
        }

        private func compare(
            _ calls: QdrantCalls, _ phase: String, seed: Int, authority: String, weight: Double
        ) async throws {
            let route = try await calls.sandbox.get("/status")["gateway"]["route"]
            #expect(route["authority"].text == authority, "\(phase): \(route)")
            #expect(route["weight"].number == weight, "\(phase): \(route)")
            let seen = try await calls.compare(phase, seed: seed)
            print("qdrant-client, \(seen.output)", terminator: "")
            #expect(seen.code == 0, "\(seen.output)\(seen.errors)")
        }
    }
}
