import Foundation
import Testing

/// What goes wrong in practice gets a clear word, and nothing is lost.
extension BlackBox {
    @Suite(.serialized)
    struct BadInputTests {
        private func sandbox(_ plan: PlanText = PlanText(), records: Int = 50) async throws
            -> Sandbox
        {
            let sandbox = try Sandbox()
            if records > 0 { try await sandbox.seed(records: records) }
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            return sandbox
        }

        @Test func `a missing source says so and makes nothing`() async throws {
            let sandbox = try await sandbox(records: 0)
            defer { sandbox.end() }
            let result = try await sandbox.apply()
            #expect(result.code == 1)
            #expect(result.errors.contains("the source has no collection 'packages'"))
            #expect(!FileManager.default.fileExists(atPath: sandbox.path("old.sqlite")))
        }

        @Test func `a target that holds somebody's data is refused`() async throws {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            try FileManager.default.copyItem(
                atPath: sandbox.path("old.sqlite"), toPath: sandbox.path("new.sqlite"))
            let result = try await sandbox.apply()
            #expect(result.code == 1)
            #expect(result.errors.contains("already holds 50 records"), "\(result.errors)")
            #expect(result.errors.contains("existing: adopt"))
        }

        @Test func `an edited plan is refused with the difference shown`() async throws {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            _ = try await sandbox.apply("--until", "create_target")
            let text = try String(contentsOfFile: sandbox.path("plan.yaml"), encoding: .utf8)
            try sandbox.write(
                text.replacing("batch_size: 100", with: "batch_size: 200"), to: "plan.yaml")
            let result = try await sandbox.apply()
            #expect(result.code == 1)
            #expect(result.errors.contains("+   - backfill: {workers: 2, batch_size: 200}"))
            #expect(result.errors.contains("--accept-changes"))
        }

        @Test func `a resume against another database is refused`() async throws {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            _ = try await sandbox.apply("--until", "create_target")
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: sandbox.path("old.sqlite\(suffix)"))
            }
            _ = FileManager.default.createFile(atPath: sandbox.path("keep"), contents: nil)
            try await sandbox.seed(records: 60)
            let result = try await sandbox.apply()
            #expect(result.code == 1)
            #expect(result.errors.contains("another database"), "\(result.errors)")
        }

        @Test func `a corrupt, truncated or newer run state is refused and left alone`()
            async throws
        {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            _ = try await sandbox.apply("--until", "create_target")
            let path = sandbox.path(".plan/test/run.json")
            let whole = try String(contentsOfFile: path, encoding: .utf8)
            let broken = [
                String(whole.prefix(whole.count / 2)), "garbage",
                whole.replacing("\"formatVersion\" : 1", with: "\"formatVersion\" : 99"),
            ]
            for text in broken {
                try sandbox.write(text, to: ".plan/test/run.json")
                let result = try await sandbox.apply()
                #expect(result.code == 1, "\(result.output)")
                let left = try String(contentsOfFile: path, encoding: .utf8)
                #expect(left == text)
            }
        }

        @Test func `two applies at once: the second is told who waits`() async throws {
            var plan = PlanText()
            plan.steps = ["create_target", "dual_write"]
            let sandbox = try await sandbox(plan)
            defer { sandbox.end() }
            let first = try sandbox.start("plan", "apply", "plan.yaml")
            _ = try await sandbox.status { $0["waiting_for"].text.contains("gateways are there") }
            let second = try await sandbox.apply()
            #expect(second.code == 6, "\(second.output)\(second.errors)")
            let status = try await sandbox.run("plan", "status", "plan.yaml")
            #expect(status.output.contains("0 of 1 gateways are there"), "\(status.output)")
            first.kill(SIGKILL)
            _ = try await first.finish()
        }

        @Test func `two plans on one target: the second names the first`() async throws {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            _ = try await sandbox.apply("--until", "create_target")
            let text = try String(contentsOfFile: sandbox.path("plan.yaml"), encoding: .utf8)
            try sandbox.write(text.replacing("name: test", with: "name: other"), to: "other.yaml")
            let result = try await sandbox.apply("other.yaml")
            #expect(result.code == 1)
            #expect(result.errors.contains("claimed by the run of plan 'test'"), "\(result.errors)")
        }

        @Test func `a lost ledger is refused, and recovered`() async throws {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            _ = try await sandbox.apply("--until", "create_target")
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(
                    atPath: sandbox.path(".plan/test/ledger.sqlite\(suffix)"))
            }
            let refused = try await sandbox.apply()
            #expect(refused.code == 1)
            #expect(refused.errors.contains("plan recover"), "\(refused.errors)")
            let recovered = try await sandbox.run("plan", "recover", "plan.yaml")
            #expect(recovered.code == 0, "\(recovered.errors)")
            let again = try await sandbox.apply("--until", "create_target")
            #expect(again.code == 0, "\(again.errors)")
        }

        @Test func `an executor killed in the middle of a hold cannot stop writes`() async throws {
            let sandbox = try await sandbox(records: 200)
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            let traffic = try sandbox.startTraffic(
                records: 200, seconds: 500, expect: "rolled_back")
            // Killed every few milliseconds around the switch: some land inside the hold.
            _ = try await sandbox.apply("--until", "mirror")
            for pause in [650, 660, 670, 680, 700, 720] {
                let apply = try sandbox.start("plan", "apply", "plan.yaml")
                try await Task.sleep(for: .milliseconds(pause))
                apply.kill(SIGKILL)
                _ = try await apply.finish()
            }
            let back = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            let seen = try await traffic.finish()
            #expect(seen.output.contains("✓ failed requests: 0"), "\(seen.output)")
            #expect(seen.output.contains("✓ lost writes: 0"), "\(seen.output)")
        }

        @Test func `a mistyped command and option are met with a suggestion`() async throws {
            let sandbox = try await sandbox()
            defer { sandbox.end() }
            let command = try await sandbox.run("plan", "aply", "plan.yaml")
            #expect(command.code == 2)
            #expect(command.errors.contains("did you mean 'apply'?"))
            let option = try await sandbox.apply("--untill=verify")
            #expect(option.code == 2)
            #expect(option.errors.contains("did you mean '--until'?"))
        }
    }
}
