import Foundation
import JSON
import PlanCore
import Testing

extension BlackBox {
    /// An application that goes to the stores itself, as `plans/own_writes.py` shows.
    @Suite(.serialized)
    struct OwnWritesTests {
        private static let steps = [
            "create_target: {distance: cosine}", "dual_write",
            "backfill: {workers: 2, batch_size: 100}", PlanText.verify,
            """
            mirror: {percent: 100, duration: 2s, compare: {k: 3}}
                guards: [discrepancy_rate < 40% with 20 samples]
            """,
            PlanText.cutover, "soak: {duration: 2s}\n    guards: [repair_backlog < 1000]",
        ]

        @Test func `it loses nothing and reads nothing stale, there and back`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 600)
            var plan = PlanText()
            // Half of it is how long the service may take over a write.
            plan.source = plan.source.replacing("quarantine: 500ms", with: "quarantine: 8s")
            plan.target = plan.target.replacing("quarantine: 500ms", with: "quarantine: 8s")
            plan.steps = Self.steps
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let there = try sandbox.startOwnWrites(writes: 100, searches: 21)
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            let moved = try await sandbox.stopOwnWrites(there)
            expectSound(moved, writes: 100)
            #expect(moved["authority"] == "target")
            #expect((moved["searches"].number ?? 0) > 20)
            try await Settled.expectEqual(sandbox)
            let back = try sandbox.startOwnWrites(writes: 5)
            try await Task.sleep(for: .seconds(1))
            let undone = try await sandbox.run(
                "plan", "rollback", "plan.yaml", "--to", "create_target", "--yes")
            #expect(undone.code == 5, "\(undone.output)\(undone.errors)")
            let returned = try await sandbox.stopOwnWrites(back)
            expectSound(returned, writes: 5)
            #expect(returned["authority"] == "source")
        }

        private func expectSound(_ seen: JSONValue, writes: Double) {
            #expect(seen["failed"] == 0 && seen["stale"] == 0 && seen["lost"] == 0, "\(seen)")
            #expect((seen["writes"].number ?? 0) >= writes)
        }

        @Test func `a service killed in the middle of its writes leaves nothing unrepaired`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 300)
            var plan = PlanText()
            plan.steps = Array(Self.steps.prefix(3))
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            for round in 0..<3 {
                let service = try sandbox.startOwnWrites()
                try await Task.sleep(for: .milliseconds(1_200 + 150 * round))
                service.kill(SIGKILL)
                _ = try await service.finish(within: 5)
            }
            try await sandbox.settled()
            try await Settled.expectEqual(sandbox)
        }
    }
}

extension Sandbox {
    /// It goes on until it has done so much at least.
    fileprivate func startOwnWrites(writes: Int = 0, searches: Int = 0) throws -> Program {
        let support = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Support/own_writes_load.py")
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return try start(
            "/usr/bin/env", "python3", "-B", support.path,
            root.appendingPathComponent("plans").path, "http://127.0.0.1:\(port)",
            path("old.sqlite"), path("new.sqlite"), "packages", path("stop"), "\(writes)",
            "\(searches)")
    }

    /// Waits until the gateway has nothing to reclaim or repair any more.
    fileprivate func settled() async throws {
        for _ in 0..<1_000 {
            let backlog = try await get("/status")["gateway"]["backlog"]
            if backlog["repairs"] == 0, backlog["intents"] == 0 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Trouble("the gateway never comes to rest: \(try await get("/status"))")
    }

    fileprivate func stopOwnWrites(_ service: Program) async throws -> JSONValue {
        try write("", to: "stop")
        let result = try await service.finish(within: 30)
        try FileManager.default.removeItem(atPath: path("stop"))
        guard let told = try? JSON.parse(result.output) else {
            throw Trouble("\(result.output)\(result.errors)")
        }
        return told
    }
}
