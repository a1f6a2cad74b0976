import Foundation
import Testing

extension BlackBox {
    /// The main job, with the real programs, under live traffic.
    @Suite(.serialized)
    struct MainJobTests {
        @Test func `a collection moves and the application sees no fault`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed()
            try sandbox.write(
                PlanText().patient.text(port: sandbox.port, admin: sandbox.admin),
                to: "plan.yaml")
            let gateway = try await sandbox.startGateway()
            let traffic = try sandbox.startTraffic(seconds: 500, expect: "done")
            try await Task.sleep(for: .seconds(1))
            let applied = try await sandbox.apply()
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            let seen = try await traffic.finish()
            #expect(seen.code == 0, "\(seen.output)")
            try await Settled.expectEqual(sandbox)
            gateway.kill(SIGTERM)
            #expect(try await gateway.finish(within: 30).code == 0)
        }

        @Test func `two gateways serve one run`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed()
            var plan = PlanText()
            plan.extra = ""
            let text = plan.patient.text(port: sandbox.port, admin: sandbox.admin)
                .replacing("admin: \"", with: "expect: 2, admin: \"")
            try sandbox.write(text, to: "plan.yaml")
            _ = try await sandbox.startGateway("one")
            _ = try sandbox.start(
                "plan", "gateway", "plan.yaml", "--name", "two", "--listen",
                "127.0.0.1:\(sandbox.port + 1)", "--admin", "127.0.0.1:\(sandbox.admin + 1)")
            let traffic = try sandbox.startTraffic(seconds: 500, expect: "done")
            let applied = try await sandbox.apply()
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            let seen = try await traffic.finish()
            #expect(seen.code == 0, "\(seen.output)")
            try await Settled.expectEqual(sandbox)
        }

        @Test func `a gateway inside apply does the same`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 300)
            try sandbox.write(
                PlanText().text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let applied = try await sandbox.run("plan", "apply", "plan.yaml", "--gateway")
            // Nobody reads or writes: what needs traffic cannot be shown, and the run waits.
            #expect(applied.code == 4, "\(applied.output)\(applied.errors)")
            #expect(applied.errors.contains("too little was seen"), "\(applied.errors)")
        }
    }
}

enum Settled {
    /// Both stores equal, both ways, once repairs have settled.
    static func expectEqual(_ sandbox: Sandbox) async throws {
        var last: Program.Result?
        for _ in 0..<200 {
            let diff = try await sandbox.run("plan", "diff", "plan.yaml")
            if diff.code == 0 { return }
            last = diff
            try await Task.sleep(for: .milliseconds(500))
        }
        Issue.record("the stores differ: \(last?.output ?? "") \(last?.errors ?? "")")
    }
}
