import Foundation
import PlanCore
import TestServers
import Testing

/// The source dies after the cutover, and the soak's guard turns the run back to it.
extension BlackBox {
    @Suite(.serialized)
    struct SourceGoneTests {
        private static let soak = "soak: {duration: 10m}\n    guards: [repair_backlog < 5]"

        private func seed(_ server: RESTServer, _ sandbox: Sandbox) async throws {
            let made = try await sandbox.ask(
                "PUT", "/collections/things", ["vectors": ["size": 2, "distance": "Cosine"]],
                port: Int(server.port))
            try #require(made.status == 200, "\(made)")
            let points: [JSONValue] = (1...60).map { ["id": .int($0), "vector": [1, .int($0)]] }
            let put = try await sandbox.ask(
                "PUT", "/collections/things/points?wait=true", ["points": .array(points)],
                port: Int(server.port))
            try #require(put.status == 200, "\(put)")
        }

        private func writePlan(_ server: RESTServer, soak: String, _ sandbox: Sandbox) throws {
            var plan = PlanText()
            plan.source =
                "{store: qdrant, url: \"\(server.url)\", collection: things, ids: int, "
                + "deadline: 1s, quarantine: 1s}"
            plan.steps = [
                "create_target: {distance: cosine}", "dual_write", "backfill", PlanText.verify,
                "cutover: {steps: []}", soak, "detach: {idle: 1s}",
            ]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
        }

        private func state(_ step: String, _ status: JSONValue) -> String {
            status["steps"].items.first { $0["name"].text == step }?["state"].text ?? ""
        }

        @Test
        func `a rollback to it waits, and a person takes it back and ends the run without it`()
            async throws
        {
            let server = try RESTServer(.qdrant)
            let sandbox = try Sandbox()
            defer {
                sandbox.end()
                server.remove()
            }
            try await seed(server, sandbox)
            try writePlan(server, soak: Self.soak, sandbox)
            _ = try await sandbox.startGateway()
            let apply = try sandbox.start("plan", "apply", "plan.yaml")
            _ = try await sandbox.status { state("soak", $0) == "running" }
            server.crash()
            let vector: JSONValue = [1, 2]
            for id in 101...120 as ClosedRange<Int64> {
                let put = try await sandbox.ask(
                    "PUT", "/v1/records", ["records": [["id": .int(id), "vector": vector]]])
                #expect(put.status == 200, "\(put)")
            }
            let back = try await sandbox.status { $0["going_back"] == true }
            #expect(back["route"]["authority"] == "target", "\(back["route"])")
            let paused = try await sandbox.run("plan", "pause", "plan.yaml")
            #expect(paused.code == 0, "\(paused.errors)")
            let ended = try await apply.finish(within: 30)
            #expect(ended.code == 4, "\(ended.output)\(ended.errors)")
            #expect(ended.errors.contains("plan apply plan.yaml --forward"), "\(ended.errors)")
            // Nobody turns by himself.
            let plain = try await sandbox.run("plan", "apply", "plan.yaml")
            #expect(plain.code == 1, "\(plain.output)\(plain.errors)")
            #expect(plain.errors.contains("go on without it"), "\(plain.errors)")
            #expect(plain.errors.contains("plan apply plan.yaml --forward"), "\(plain.errors)")

            try writePlan(server, soak: "soak: {duration: 1s}", sandbox)
            let forward = try await sandbox.run(
                "plan", "apply", "plan.yaml", "--forward", "--accept-changes")
            #expect(forward.code == 0, "\(forward.output)\(forward.errors)")
            #expect(forward.errors.contains("the run goes on without it"), "\(forward.errors)")
            let route = try await sandbox.get("/status")["gateway"]["route"]
            #expect(route["authority"] == "target" && route["follower"].text == "", "\(route)")
            let ids = (101...120).map { JSONValue.int($0) } + [1]
            let read = try await sandbox.ask("POST", "/v1/records/get", ["ids": .array(ids)])
            #expect(read.body["records"].items.count == 21, "\(read)")
        }

        @Test func `a rollback that is taken back can be asked for again, with every write`()
            async throws
        {
            let server = try RESTServer(.qdrant)
            let sandbox = try Sandbox()
            defer {
                sandbox.end()
                server.remove()
            }
            try await seed(server, sandbox)
            try writePlan(server, soak: Self.soak, sandbox)
            _ = try await sandbox.startGateway()
            let moved = try await sandbox.apply("--until", "cutover")
            #expect(moved.code == 0, "\(moved.output)\(moved.errors)")
            server.freeze()
            let put = try await sandbox.ask(
                "PUT", "/v1/records", ["records": [["id": 101, "vector": [1, 2]]]])
            #expect(put.status == 200, "\(put)")
            server.thaw()
            server.crash()
            // There is nothing to be taken back yet.
            let idle = try await sandbox.run(
                "plan", "apply", "plan.yaml", "--forward", "--until", "cutover")
            #expect(idle.code == 0, "\(idle.output)\(idle.errors)")
            try server.start()
            let rollback = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(rollback.code == 5, "\(rollback.output)\(rollback.errors)")
            let read = try await sandbox.ask("POST", "/v1/records/get", ["ids": [101]])
            #expect(read.body["records"].items.count == 1, "\(read)")
            let route = try await sandbox.get("/status")["gateway"]["route"]
            #expect(route["authority"] == "source", "\(route)")
        }
    }
}
