import Foundation
import Testing

extension BlackBox {
    /// One plan, one guard: it fails against a spoiled target, passes against a good one, and cannot
    /// say without traffic.
    @Suite(.serialized)
    struct GuardRunTests {
        private func plan(spoils: Bool, duration: String) -> PlanText {
            var plan = PlanText()
            let hook = """
                hook: {command: [plan-demo, scramble, --sqlite, new.sqlite, --share, "\(spoils ? 0.05 : 1e-9)"]}
                    name: spoil
                """
            plan.steps =
                Array(PlanText.untilSoak.prefix(4)) + [
                    hook,
                    "mirror: {percent: 100, duration: \(duration)}\n    guards: [discrepancy_rate < 1%]",
                ]
            return plan
        }

        private func run(_ plan: PlanText, withTraffic: Bool) async throws -> Program.Result {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed()
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            var traffic: Program?
            if withTraffic { traffic = try sandbox.startTraffic(seconds: 500, expect: "any") }
            let result =
                withTraffic
                ? try await sandbox.apply() : try await sandbox.run("plan", "apply", "plan.yaml")
            traffic?.kill(SIGKILL)
            return result
        }

        @Test func `a target with 5 percent of its vectors scrambled fails`() async throws {
            let result = try await run(plan(spoils: true, duration: "30s"), withTraffic: true)
            #expect(result.code == 3, "\(result.output)\(result.errors)")
            #expect(result.errors.contains("discrepancy_rate"))
        }

        @Test func `a good target passes`() async throws {
            let result = try await run(plan(spoils: false, duration: "12s"), withTraffic: true)
            #expect(result.code == 0, "\(result.output)\(result.errors)")
        }

        @Test func `too little traffic is inconclusive and pauses`() async throws {
            let result = try await run(plan(spoils: false, duration: "2s"), withTraffic: false)
            #expect(result.code == 4, "\(result.output)\(result.errors)")
            #expect(result.errors.contains("no data"))
        }
    }
}
