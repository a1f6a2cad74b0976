import Foundation
import Testing

extension BlackBox {
    /// `kill -9` at random moments; the next `apply` goes on.
    @Suite(.serialized)
    struct KillTests {
        @Test func `apply killed ten times and resumed ends with both stores equal`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed()
            try sandbox.write(
                PlanText().patient.text(port: sandbox.port, admin: sandbox.admin),
                to: "plan.yaml")
            try await KillTests.killAndResume(sandbox, kills: 10)
        }

        static func killAndResume(_ sandbox: Sandbox, kills: Int) async throws {
            _ = try await sandbox.startGateway()
            let traffic = try sandbox.startTraffic(seconds: 500, expect: "done")
            var killed = 0
            for _ in 0..<kills {
                let apply = try sandbox.start("plan", "apply", "plan.yaml")
                try await Task.sleep(for: .milliseconds(Int.random(in: 60...1_300)))
                if apply.isRunning { killed += 1 }
                apply.kill(SIGKILL)
                _ = try await apply.finish()
            }
            #expect(killed > 0)
            // A guard whose evidence died with its executor cannot say yet: a person applies again.
            let applied = try await sandbox.apply()
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            let seen = try await traffic.finish(within: 200)
            #expect(seen.code == 0, "\(seen.output)")
            try await Settled.expectEqual(sandbox)
        }

        @Test func `a gateway killed and started again loses no acknowledged write`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 500)
            var plan = PlanText()
            plan.steps = Array(PlanText.untilSoak.prefix(3))
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            for round in 0..<3 {
                let gateway = try await sandbox.startGateway("gateway-\(round)")
                let traffic = try sandbox.startTraffic(
                    records: 500, seconds: 3, expect: "anything")
                if round == 0 {
                    let applied = try await sandbox.apply()
                    #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
                }
                try await Task.sleep(for: .milliseconds(900))
                gateway.kill(SIGKILL)
                _ = try await gateway.finish()
                traffic.kill(SIGKILL)
                _ = try await traffic.finish()
            }
            _ = try await sandbox.startGateway("last")
            try await Settled.expectEqual(sandbox)
        }
    }
}
