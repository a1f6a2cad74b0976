import Foundation
import Testing

extension BlackBox {
    /// Back from every step, with traffic on.
    @Suite(.serialized)
    struct RollbackTests {
        @Test(arguments: [
            "create_target", "dual_write", "backfill", "verify", "mirror", "cutover", "soak",
        ])
        func `rollback loses nothing`(from step: String) async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 600)
            try sandbox.write(
                PlanText().patient.text(port: sandbox.port, admin: sandbox.admin),
                to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let seconds = step == "create_target" ? 15 : 500
            let expect = step == "create_target" ? "active" : "rolled_back"
            let traffic = try sandbox.startTraffic(records: 600, seconds: seconds, expect: expect)
            try await Task.sleep(for: .milliseconds(500))
            let applied = try await sandbox.apply("--until", step)
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            // Writes that only the new authority has first.
            try await Task.sleep(for: .milliseconds(700))
            let back = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(back.code == (step == "create_target" ? 0 : 5), "\(back.output)\(back.errors)")
            let seen = try await traffic.finish()
            // The application reads everything back at the end, from the source.
            #expect(seen.code == 0, "\(seen.output)")
            let status = try await sandbox.run("plan", "status", "plan.yaml")
            #expect(status.output.contains("authority source"), "\(status.output)")
            if step == "cutover" || step == "soak" { try await Settled.expectEqual(sandbox) }
        }

        /// Killed when `run.json` says that the source is let go, and when the route says it, too.
        @Test(arguments: ["state-renamed:3", "epoch-published:1"])
        func `a run killed at the point of no return goes forward, not back`(
            point: String
        ) async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 60)
            var plan = PlanText()
            plan.steps = [
                "create_target: {distance: cosine}", "dual_write", "backfill", PlanText.verify,
                "cutover: {steps: []}", "detach: {idle: 1s}",
            ]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let moved = try await sandbox.apply("--until", "cutover")
            #expect(moved.code == 0, "\(moved.output)\(moved.errors)")
            sandbox.variables["CROSSFADE_CRASH_AT"] = point
            let killed = try await sandbox.apply()
            sandbox.variables["CROSSFADE_CRASH_AT"] = nil
            #expect(killed.errors.contains("killed at"), "\(killed.output)\(killed.errors)")
            let follower = point.hasPrefix("state") ? "source" : ""
            _ = try await sandbox.status { $0["route"]["follower"].text == follower }
            let back = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(back.code == 1, "\(back.output)\(back.errors)")
            #expect(back.errors.contains("'detach' is past"), "\(back.errors)")
            #expect(back.errors.contains("plan apply plan.yaml"), "\(back.errors)")
            let status = try await sandbox.run("plan", "status", "plan.yaml")
            #expect(status.output.contains("next: plan apply plan.yaml"), "\(status.output)")
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
        }

        @Test func `a rollback asked for while apply runs is obeyed`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 300)
            var plan = PlanText()
            plan.steps =
                Array(PlanText.untilSoak.prefix(4)) + [
                    "mirror: {percent: 100, duration: 10m}\n    guards: [repair_backlog < 9999]"
                ]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let apply = try sandbox.start("plan", "apply", "plan.yaml")
            _ = try await sandbox.status { status in
                status["steps"].items.last?["state"].text == "running"
            }
            let back = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            #expect(try await apply.finish(within: 20).code == 5)
        }
    }
}
