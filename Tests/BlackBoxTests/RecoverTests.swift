import Foundation
import JSON
import PlanCore
import Testing

/// An executor that dies while it moves authority, and what `run.json` and `recover` make of it.
extension BlackBox {
    @Suite(.serialized)
    struct RecoverTests {
        /// Where the executor dies, and who is the authority then: before the last flip of three, and
        /// after it.
        private static let deaths = [("in-switched:1", "source"), ("epoch-published:4", "target")]

        private func sandbox() async throws -> Sandbox {
            let sandbox = try Sandbox()
            try await sandbox.seed(records: 200)
            var plan = PlanText()
            plan.steps[5] = "cutover: {steps: [{set_weight: 30}, {set_weight: 100}]}"
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            return sandbox
        }

        /// The gateway of a run whose executor died there.
        private func killed(at point: String, _ sandbox: Sandbox) async throws -> Program {
            let gateway = try await sandbox.startGateway()
            let begun = try await sandbox.apply("--until", "verify")
            #expect(begun.code == 0, "\(begun.output)\(begun.errors)")
            let traffic = try sandbox.startTraffic(records: 200, seconds: 500, expect: "any")
            let mirrored = try await sandbox.apply("--until", "mirror")
            #expect(mirrored.code == 0, "\(mirrored.output)\(mirrored.errors)")
            traffic.kill(SIGKILL)
            _ = try await traffic.finish()
            sandbox.variables["CROSSFADE_CRASH_AT"] = point
            let dead = try await sandbox.apply()
            #expect(dead.errors.contains("killed at"), "\(dead.output)\(dead.errors)")
            sandbox.variables["CROSSFADE_CRASH_AT"] = nil
            return gateway
        }

        private func record(_ sandbox: Sandbox) throws -> JSONValue {
            try JSON.parse(
                try String(contentsOfFile: sandbox.path(".plan/test/run.json"), encoding: .utf8))
        }

        @Test(arguments: deaths)
        func `the next apply writes down who has authority`(
            point: String, authority: String
        ) async throws {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            _ = try await killed(at: point, sandbox)
            let left = try record(sandbox)
            #expect(left["authority"] == "source" && left["intendedFlip"] == "authority:target")
            let applied = try await sandbox.apply("--until", "cutover")
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            let settled = try record(sandbox)
            #expect(settled["authority"] == "target" && settled["intendedFlip"] == .null)
        }

        @Test(arguments: deaths)
        func `a person says who has it where the ledger is lost, too`(
            point: String, authority: String
        ) async throws {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            let gateway = try await killed(at: point, sandbox)
            var isMoved = false
            for _ in 0..<500 where !isMoved {
                let route = try await sandbox.ask("GET", "/v1/route", nil).body
                isMoved = route["authority"].text == authority
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(isMoved)
            #expect(try await sandbox.putAtLast(900) == 200)
            gateway.kill(SIGTERM)
            _ = try await gateway.finish(within: 60)
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(
                    atPath: sandbox.path(".plan/test/ledger.sqlite\(suffix)"))
            }
            let refused = try await sandbox.run("plan", "recover", "plan.yaml")
            #expect(refused.code == 1 && refused.errors.contains("--authority=target"))
            let misspelt = try await sandbox.run(
                "plan", "recover", "plan.yaml", "--authority=both")
            #expect(misspelt.code == 1 && misspelt.errors.contains("no side"))
            let recovered = try await sandbox.run(
                "plan", "recover", "plan.yaml", "--authority=\(authority)")
            #expect(recovered.code == 0, "\(recovered.errors)")
            #expect(recovered.output.contains("the \(authority) is the authority"))
            _ = try await sandbox.startGateway()
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            let read = try await sandbox.ask("POST", "/v1/records/get", ["ids": [900]])
            #expect(read.body["records"].items.count == 1)
            try await Settled.expectEqual(sandbox)
        }
    }
}
