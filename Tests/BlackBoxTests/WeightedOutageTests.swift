import Foundation
import PlanCore
import TestServers
import Testing

/// Reads of the application that the route sends to a target which fails, or hangs.
extension BlackBox {
    @Suite(.serialized)
    struct WeightedOutageTests {
        private static let count = 40
        /// Longer than a client waits: what is not bounded otherwise fails there.
        private static let target = "deadline: 15s, quarantine: 15s"

        /// Until all reads are the target's, and the source still leads.
        private func weigh(_ sandbox: Sandbox, _ plan: PlanText) async throws {
            var plan = plan
            plan.steps = [
                "create_target: {distance: cosine}", "dual_write",
                "backfill: {workers: 1, batch_size: 50}", PlanText.verify,
                """
                cutover: {steps: [{set_weight: 100}, {pause: {}}]}
                    guards: [repair_age < 10m]
                """,
            ]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let applied = try await sandbox.apply("--until", "cutover", within: 60)
            let route = try await sandbox.get("/status")["gateway"]["route"]
            #expect(
                route["weight"] == 100 && route["authority"].text == "source",
                "\(route) \(applied.output)\(applied.errors)")
        }

        private func retried(_ sandbox: Sandbox) async throws -> Double {
            try await sandbox.get("/status")["gateway"]["events"]["read_retried"].number ?? -1
        }

        @Test
        func `reads by id and searches are answered while the target hangs, and when it is gone`()
            async throws
        {
            let server = try RESTServer(.qdrant)
            let sandbox = try Sandbox()
            defer {
                sandbox.end()
                server.remove()
            }
            try await sandbox.seed(records: Self.count)
            var plan = PlanText()
            plan.target =
                "{store: qdrant, url: \"\(server.url)\", collection: things, ids: int, "
                + "\(Self.target)}"
            try await weigh(sandbox, plan)
            let record = try await sandbox.ask(
                "POST", "/v1/records/get", ["ids": [1]])
            let vector = record.body["records"].items.first?["vector"] ?? .null
            func read() async throws {
                let ids = (0..<Self.count).map { JSONValue.int(Int64($0)) }
                let got = try await sandbox.ask("POST", "/v1/records/get", ["ids": .array(ids)])
                #expect(got.status == 200, "\(got)")
                #expect(got.body["records"].items.count == Self.count)
                let found = try await sandbox.ask(
                    "POST", "/v1/search", ["vector": vector, "k": 5])
                #expect(found.status == 200, "\(found)")
                #expect(found.body["hits"].items.count == 5)
            }
            try await read()
            #expect(try await retried(sandbox) == 0)
            server.freeze()
            try await read()
            #expect(try await retried(sandbox) == 2)
            server.thaw()
            server.crash()
            try await read()
            #expect(try await retried(sandbox) == 4)
        }

        @Test func `so are those that Qdrant's client sends to a target of its kind`() async throws
        {
            let (old, new) = (try RESTServer(.qdrant), try RESTServer(.qdrant))
            let sandbox = try Sandbox()
            defer {
                sandbox.end()
                old.remove()
                new.remove()
            }
            let made = try await sandbox.ask(
                "PUT", "/collections/things", ["vectors": ["size": 2, "distance": "Cosine"]],
                port: Int(old.port))
            #expect(made.status == 200, "\(made)")
            let points: [JSONValue] = (1...20).map { ["id": .int($0), "vector": [1, .int($0)]] }
            let put = try await sandbox.ask(
                "PUT", "/collections/things/points?wait=true", ["points": .array(points)],
                port: Int(old.port))
            #expect(put.status == 200, "\(put)")
            var plan = PlanText()
            plan.source =
                "{store: qdrant, url: \"\(old.url)\", collection: things, deadline: 3s, "
                + "quarantine: 3s, ids: int}"
            plan.target =
                "{store: qdrant, url: \"\(new.url)\", collection: things, \(Self.target)}"
            plan.speak = "qdrant"
            try await weigh(sandbox, plan)
            func read(_ path: String, _ body: JSONValue) async throws {
                let answer = try await sandbox.ask("POST", "/collections/things/\(path)", body)
                #expect(answer.status == 200, "\(path): \(answer)")
            }
            func readBoth(retries: Double) async throws {
                try await read("points", ["ids": [1, 2, 3]])
                try await read("points/query", ["query": [1, 2], "limit": 5])
                #expect(try await retried(sandbox) == retries)
            }
            try await readBoth(retries: 0)
            // What the target alone refuses is the target's fault.
            let dropped = try await sandbox.ask(
                "DELETE", "/collections/things", nil, port: Int(new.port))
            #expect(dropped.status == 200, "\(dropped)")
            try await readBoth(retries: 2)
            let stores = try await sandbox.get("/status")["gateway"]["stores"]
            #expect(stores["search.target"]["failed"] == 1, "\(stores)")
            new.freeze()
            try await readBoth(retries: 4)
            new.crash()
            try await readBoth(retries: 6)
        }
    }
}
