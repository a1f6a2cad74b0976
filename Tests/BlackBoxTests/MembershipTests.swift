import Foundation
import PlanCore
import Testing

/// Who joins a run must be of that run: its plan, its stores, its ledger.
extension BlackBox {
    @Suite(.serialized)
    struct MembershipTests {
        private func sandbox(_ plan: PlanText) async throws -> Sandbox {
            let sandbox = try Sandbox()
            try await sandbox.seed(records: 60)
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            return sandbox
        }

        private static var plan: PlanText {
            var plan = PlanText()
            plan.steps = Array(PlanText.untilSoak.prefix(4)) + ["cutover: {steps: []}"]
            return plan
        }

        @Test func `a gateway whose plan names another target does not join, and says why`()
            async throws
        {
            var plan = Self.plan
            let sandbox = try await sandbox(plan)
            defer { sandbox.end() }
            let first = try await sandbox.startGateway()
            let moved = try await sandbox.apply("--until", "verify")
            #expect(moved.code == 0, "\(moved.output)\(moved.errors)")
            first.kill(SIGTERM)
            _ = try await first.finish(within: 60)
            plan.target = plan.target.replacing("new.sqlite", with: "other.sqlite")
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let second = try await sandbox.startGateway()
            for _ in 0..<1_000 where !second.complaints.contains("the target changed") {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(second.complaints.contains("the target changed"), "\(second.complaints)")
            #expect(try await sandbox.put(900_001) == 503)
            let work = try await sandbox.run("plan", "work", "plan.yaml")
            #expect(work.code == 1 && work.errors.contains("the target changed"), "\(work.errors)")
        }

        @Test
        func `a gateway follows the run that begins anew where the one before was moved away`()
            async throws
        {
            let sandbox = try await sandbox(Self.plan)
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            let moved = try await sandbox.apply()
            #expect(moved.code == 0, "\(moved.output)\(moved.errors)")
            let back = try await sandbox.run(
                "plan", "rollback", "plan.yaml", "--to", "create_target", "--yes")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            try FileManager.default.moveItem(
                atPath: sandbox.path(".plan/test"), toPath: sandbox.path(".plan/before"))
            let again = try await sandbox.apply("--until", "verify")
            #expect(again.code == 0, "\(again.output)\(again.errors)")
            #expect(try await sandbox.put(900_001) == 200)
            try await Settled.expectEqual(sandbox)
            let route = try await sandbox.get("/status")["gateway"]["route"]
            #expect(route["follower"] == "target", "\(route)")
        }

        /// By `cp`, which keeps the file's number.
        @Test func `a ledger that was put back from a copy is refused`() async throws {
            let sandbox = try await sandbox(Self.plan)
            defer { sandbox.end() }
            try await sandbox.apply("--until", "create_target")
            let ledger = sandbox.path(".plan/test/ledger.sqlite")
            let copy = try Data(contentsOf: URL(fileURLWithPath: ledger))
            let gateway = try await sandbox.startGateway()
            let moved = try await sandbox.apply()
            #expect(moved.code == 0, "\(moved.output)\(moved.errors)")
            gateway.kill(SIGTERM)
            _ = try await gateway.finish(within: 60)
            for suffix in ["-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: ledger + suffix)
            }
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: ledger))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: copy)
            try file.close()
            let applied = try await sandbox.apply()
            #expect(applied.code == 1, "\(applied.output)\(applied.errors)")
            #expect(applied.errors.contains("older than 'run.json'"), "\(applied.errors)")
            let late = try await sandbox.startGateway("late")
            for _ in 0..<1_000 where !late.complaints.contains("older than 'run.json'") {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(late.complaints.contains("older than 'run.json'"), "\(late.complaints)")
            #expect(try await sandbox.put(900_001) == 503)
        }
    }
}
