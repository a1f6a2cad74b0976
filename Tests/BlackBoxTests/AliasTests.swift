import Foundation
import PlanCore
import TestServers
import Testing

/// An application that knows its collection by an alias of the old server.
extension BlackBox {
    @Suite(.serialized)
    struct AliasTests {
        private static let limits = "deadline: 3s, quarantine: 3s"

        /// The plan names the collection itself.
        @Test func `an alias leads to the collection when the old server is gone`() async throws {
            let old = try RESTServer(.qdrant)
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await fill(old, sandbox)
            var plan = PlanText()
            plan.source =
                "{store: qdrant, url: \"\(old.url)\", collection: things, \(Self.limits), ids: int}"
            plan.target = "{store: sqlite, path: new.sqlite, table: things}"
            plan.speak = "qdrant"
            plan.steps = [
                "create_target", "dual_write", "backfill", PlanText.verify,
                "cutover: {steps: [{set_weight: 100}]}", "decommission: {source: drop}",
            ]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            #expect(try await count(sandbox) == 20)
            let applied = try await sandbox.apply("--until", "decommission", "--yes=decommission")
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            // The server has dropped the alias with its collection, and is asked for its list.
            try await Task.sleep(for: .seconds(6))
            #expect(try await count(sandbox) == 20)
            old.crash()
            try await Task.sleep(for: .seconds(6))
            #expect(try await count(sandbox) == 20)
            try await put(sandbox, "shop", 21...21, port: nil)
            #expect(try await count(sandbox) == 21)
            for path in ["/", "/readyz", "/collections"] {
                let answer = try await sandbox.ask("GET", path, nil)
                #expect(answer.status == 200, "\(path): \(answer)")
            }
        }

        private func fill(_ server: RESTServer, _ sandbox: Sandbox) async throws {
            let port = Int(server.port)
            let made = try await sandbox.ask(
                "PUT", "/collections/things", ["vectors": ["size": 2, "distance": "Euclid"]],
                port: port)
            #expect(made.status == 200, "\(made)")
            try await put(sandbox, "things", 1...20, port: port)
            let alias: JSONValue = [
                "create_alias": ["alias_name": "shop", "collection_name": "things"]
            ]
            let named = try await sandbox.ask(
                "POST", "/collections/aliases", ["actions": [alias]], port: port)
            #expect(named.status == 200, "\(named)")
        }

        private func put(
            _ sandbox: Sandbox, _ collection: String, _ ids: ClosedRange<Int64>, port: Int?
        ) async throws {
            let points: [JSONValue] = ids.map { ["id": .int($0), "vector": [1, .int($0)]] }
            let put = try await sandbox.ask(
                "PUT", "/collections/\(collection)/points?wait=true",
                ["points": .array(points)], port: port)
            #expect(put.status == 200, "\(put)")
        }

        private func count(_ sandbox: Sandbox) async throws -> Double? {
            try await sandbox.ask("POST", "/collections/shop/points/count", ["exact": true])
                .body["result"]["count"].number
        }
    }
}
