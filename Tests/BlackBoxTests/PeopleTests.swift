import Foundation
import PlanCore
import Testing

extension BlackBox {
    /// What people ask of a run while it runs.
    @Suite(.serialized)
    struct PeopleTests {
        private func sandbox(_ steps: [String], records: Int = 400) async throws -> Sandbox {
            let sandbox = try Sandbox()
            try await sandbox.seed(records: records)
            var plan = PlanText()
            plan.steps = ["create_target", "dual_write"] + steps
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            return sandbox
        }

        private static let slow = "backfill: {workers: 2, batch_size: 5, max_rate: 20/s}"

        @Test func `a backfill is paused, resumed and let loose`() async throws {
            let sandbox = try await sandbox([Self.slow, "approval: {}\n    name: go-live"])
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            let first = try sandbox.start("plan", "apply", "plan.yaml")
            _ = try await sandbox.status { $0["steps"].items[2]["done"].number ?? 0 > 0 }
            let asked = try await sandbox.run("plan", "pause", "plan.yaml")
            #expect(asked.code == 0)
            let paused = try await first.finish(within: 20)
            #expect(paused.code == 4)
            #expect(paused.errors.contains("paused by"), "\(paused.errors)")
            let status = try await sandbox.status { _ in true }
            #expect(status["outcome"].text == "paused")
            let second = try sandbox.start("plan", "apply", "plan.yaml", "--wait")
            let before = status["steps"].items[2]["done"].number ?? 0
            _ = try await sandbox.status { ($0["steps"].items[2]["done"].number ?? 0) > before }
            let loose = try await sandbox.run("plan", "throttle", "plan.yaml", "off")
            #expect(loose.code == 0)
            _ = try await sandbox.status { $0["next"].text == "plan approve plan.yaml go-live" }
            let approved = try await sandbox.run("plan", "approve", "plan.yaml", "go-live")
            #expect(approved.output.contains("approved 'go-live'; the run goes on"))
            #expect(try await second.finish(within: 10).code == 0)
        }

        @Test func `a ceiling that was set too low is lifted at once`() async throws {
            let sandbox = try await sandbox(["backfill: {workers: 1, batch_size: 100}"])
            defer { sandbox.end() }
            let apply = try sandbox.start("plan", "apply", "plan.yaml")
            _ = try await sandbox.status { $0["waiting_for"].text.contains("gateways are there") }
            try await sandbox.run("plan", "throttle", "plan.yaml", "1/s")
            _ = try await sandbox.startGateway()
            _ = try await sandbox.status { $0["steps"].items[2]["done"].number ?? 0 > 0 }
            try await sandbox.run("plan", "throttle", "plan.yaml", "off")
            #expect(try await apply.finish(within: 10).code == 0)
        }

        @Test func `a guard that cannot say is accepted by a person`() async throws {
            let sandbox = try await sandbox(
                [
                    "backfill: {workers: 2, batch_size: 100}",
                    "mirror: {percent: 100, duration: 200ms}\n    guards: [discrepancy_rate < 1%]",
                ], records: 50)
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            let applied = try await sandbox.run("plan", "apply", "plan.yaml")
            #expect(applied.code == 4, "\(applied.output)\(applied.errors)")
            #expect(applied.errors.contains("plan approve plan.yaml mirror"), "\(applied.errors)")
            try await sandbox.run("plan", "approve", "plan.yaml", "mirror")
            let again = try await sandbox.apply()
            #expect(again.code == 0, "\(again.output)\(again.errors)")
            #expect(try sandbox.text(".plan/test/events.jsonl").contains("guards_accepted"))
        }

        @Test func `a frozen gateway is evicted, and joins anew when it wakes`() async throws {
            let sandbox = try await sandbox(
                ["backfill: {workers: 2, batch_size: 100}"], records: 50)
            defer { sandbox.end() }
            try await sandbox.apply("--until", "create_target")
            _ = try await sandbox.startGateway("one")
            let two = try sandbox.start(
                "plan", "gateway", "plan.yaml", "--name", "two", "--listen",
                "127.0.0.1:\(sandbox.port + 1)", "--admin", "127.0.0.1:\(sandbox.admin + 1)")
            _ = try await sandbox.status { $0["gateways"].items.count == 2 }
            two.kill(SIGSTOP)
            let apply = try sandbox.start("plan", "apply", "plan.yaml")
            _ = try await sandbox.status { $0["waiting_for"].text == "waiting for gateway two" }
            let wrong = try await sandbox.run("plan", "gateway", "evict", "plan.yaml", "three")
            #expect(wrong.errors.contains("no gateway is called 'three'"))
            let living = try await sandbox.run("plan", "gateway", "evict", "plan.yaml", "one")
            #expect(living.code == 1)
            #expect(living.errors.contains("it lives"), "\(living.errors)")
            // Silent for five seconds, it may be struck off.
            var evicted = try await sandbox.run("plan", "gateway", "evict", "plan.yaml", "two")
            for _ in 0..<500 where evicted.code != 0 {
                try await Task.sleep(for: .milliseconds(200))
                evicted = try await sandbox.run("plan", "gateway", "evict", "plan.yaml", "two")
            }
            #expect(evicted.code == 0, "\(evicted.errors)")
            #expect(try await apply.finish(within: 20).code == 0)
            two.kill(SIGCONT)
            _ = try await sandbox.status { $0["gateways"].items.count == 2 }
            let written = try await sandbox.put(900_001, port: sandbox.port + 1)
            #expect(written == 200)
            try await Settled.expectEqual(sandbox)
        }

        /// Not while it holds the ledger, which its helper needs.
        private func freeze(_ apply: Program, _ sandbox: Sandbox) async throws {
            let lock = open(sandbox.path(".plan/test/ledger.sqlite.lock"), O_RDWR)
            try #require(lock >= 0)
            defer { close(lock) }
            for _ in 0..<200 {
                apply.kill(SIGSTOP)
                for _ in 0..<20 {
                    if flock(lock, LOCK_EX | LOCK_NB) == 0 { return }
                    try await Task.sleep(for: .milliseconds(50))
                }
                apply.kill(SIGCONT)
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...20)))
            }
            throw Sandbox.Trouble("it holds the ledger whenever it is stopped")
        }

        @Test func `a helper goes on with the backfill while the executor is frozen`()
            async throws
        {
            let sandbox = try await sandbox([Self.slow])
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            let apply = try sandbox.start("plan", "apply", "plan.yaml")
            _ = try await sandbox.status { $0["steps"].items[2]["done"].number ?? 0 > 0 }
            let helper = try sandbox.start("plan", "work", "plan.yaml", "--workers", "2")
            try await Task.sleep(for: .seconds(1))
            try await freeze(apply, sandbox)
            let before = try await sandbox.status { _ in true }["steps"].items[2]["done"].number
            _ = try await sandbox.status {
                ($0["steps"].items[2]["done"].number ?? 0) > (before ?? 0) + 10
            }
            apply.kill(SIGCONT)
            try await sandbox.run("plan", "throttle", "plan.yaml", "off")
            #expect(try await apply.finish(within: 20).code == 0)
            helper.kill(SIGINT)
            #expect(try await helper.finish(within: 10).code == 0)
            try await Settled.expectEqual(sandbox)
        }
    }
}
