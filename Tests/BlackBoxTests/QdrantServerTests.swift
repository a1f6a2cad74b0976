import Foundation
import PlanCore
import TestServers
import Testing

/// What a Qdrant client asks about a collection rather than of its points, over a whole migration.
extension BlackBox {
    @Suite(.serialized)
    struct QdrantServerTests {
        private static let limits = "deadline: 3s, quarantine: 3s"

        private func filled() async throws -> (RESTServer, Sandbox) {
            let server = try RESTServer(.qdrant)
            let sandbox = try Sandbox()
            let port = Int(server.port)
            let made = try await sandbox.ask(
                "PUT", "/collections/things", ["vectors": ["size": 2, "distance": "Euclid"]],
                port: port)
            #expect(made.status == 200, "\(made)")
            let points: [JSONValue] = (1...20).map {
                ["id": .int($0), "vector": [1, .int($0)], "payload": ["n": .int($0 % 3)]]
            }
            let put = try await sandbox.ask(
                "PUT", "/collections/things/points?wait=true", ["points": .array(points)],
                port: port)
            #expect(put.status == 200, "\(put)")
            return (server, sandbox)
        }

        private func plan(
            _ sandbox: Sandbox, _ server: RESTServer, target: String, source: String
        ) throws {
            var plan = PlanText()
            plan.source =
                "{store: qdrant, url: \"\(server.url)\", collection: things, \(Self.limits), ids: int}"
            plan.target = target
            plan.speak = "qdrant"
            plan.steps = [
                "create_target", "dual_write", "backfill", PlanText.verify,
                "cutover: {steps: [{set_weight: 100}]}", "decommission: {source: \(source)}",
            ]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
        }

        private func index(_ field: String, _ sandbox: Sandbox) async throws {
            let made = try await sandbox.ask(
                "PUT", "/collections/things/index?wait=true",
                ["field_name": .string(field), "field_schema": "keyword"])
            #expect(made.status == 200 && made.body["result"]["status"].text == "completed")
        }

        private func indexes(_ sandbox: Sandbox, _ name: String, port: Int?) async throws
            -> [String]
        {
            try await sandbox.ask("GET", "/collections/\(name)", nil, port: port)
                .body["result"]["payload_schema"].names
        }

        private func apply(_ sandbox: Sandbox, _ step: String) async throws {
            let applied = try await sandbox.apply("--until", step, "--yes=decommission")
            #expect(applied.code == 0, "\(step): \(applied.output)\(applied.errors)")
        }

        @Test
        func `an index over payload is made on both servers, and the list outlives the old one`()
            async throws
        {
            let (old, sandbox) = try await filled()
            defer { sandbox.end() }
            let new = try RESTServer(.qdrant)
            let (before, after) = (Int(old.port), Int(new.port))
            try plan(
                sandbox, old,
                target: "{store: qdrant, url: \"\(new.url)\", collection: new, \(Self.limits)}",
                source: "drop")
            let gateway = try await sandbox.startGateway()
            try await index("single", sandbox)
            #expect(try await indexes(sandbox, "things", port: before) == ["single"])
            try await apply(sandbox, "backfill")
            // One that starts in a run finds the target as it was made.
            gateway.kill(SIGTERM)
            #expect(try await gateway.finish(within: 30).code == 0)
            _ = try await sandbox.startGateway()
            try await sandbox.waitUntilReady()
            try await index("dual", sandbox)
            for (name, port) in [("things", before), ("new", after)] {
                #expect(try await indexes(sandbox, name, port: port) == ["dual", "single"])
            }
            try await apply(sandbox, "cutover")
            try await index("late", sandbox)
            let gone = try await sandbox.ask(
                "DELETE", "/collections/things/index/single?wait=true", nil)
            #expect(gone.status == 200, "\(gone)")
            for (name, port) in [("things", before), ("new", after)] {
                #expect(try await indexes(sandbox, name, port: port) == ["dual", "late"])
            }
            #expect(try await indexes(sandbox, "things", port: nil) == ["dual", "late"])
            try await apply(sandbox, "decommission")
            #expect(try await listed(sandbox) == ["things"])
            old.crash()
            #expect(try await listed(sandbox) == ["things"])
            try await index("last", sandbox)
            #expect(try await indexes(sandbox, "new", port: after) == ["dual", "last", "late"])
        }

        private func listed(_ sandbox: Sandbox) async throws -> [String] {
            let answer = try await sandbox.ask("GET", "/collections", nil)
            #expect(answer.status == 200, "\(answer)")
            return answer.body["result"]["collections"].items.map { $0["name"].text }
        }

        /// The old server still has the collection, as it was.
        @Test func `what only Qdrant knows is not answered from a source that is no longer kept`()
            async throws
        {
            let (old, sandbox) = try await filled()
            defer { sandbox.end() }
            try plan(
                sandbox, old, target: "{store: sqlite, path: new.sqlite, table: things}",
                source: "keep")
            _ = try await sandbox.startGateway()
            let facet: JSONValue = ["key": "n", "exact": true]
            try await index("n", sandbox)
            for step in ["backfill", "cutover"] {
                try await apply(sandbox, step)
                let seen = try await sandbox.ask("POST", "/collections/things/facet", facet)
                #expect(seen.status == 200, "\(step): \(seen)")
            }
            try await apply(sandbox, "decommission")
            let late = try await sandbox.ask("POST", "/collections/things/facet", facet)
            #expect(late.status == 400, "\(late)")
        }
    }
}
