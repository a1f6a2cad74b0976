import Foundation
import Testing

extension BlackBox {
    /// What a plan asks of the outside: hooks, notifications, and guards that ask elsewhere.
    @Suite(.serialized)
    struct HookTests {
        private func sandbox(_ steps: [String], extra: String = "") async throws -> Sandbox {
            let sandbox = try Sandbox()
            try await sandbox.seed(records: 20)
            var plan = PlanText()
            plan.steps = ["create_target"] + steps
            plan.extra = extra.replacing("PORT", with: String(sandbox.port + 2))
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin)
                    .replacing("PORT", with: String(sandbox.port + 2)), to: "plan.yaml")
            return sandbox
        }

        @Test func `hooks run in order, by command and by call, and are undone in reverse`()
            async throws
        {
            let sandbox = try await sandbox([
                """
                hook:
                      command: [sh, -c, "echo one >> said"]
                      rollback: {command: [sh, -c, "echo not one >> said"]}
                    name: one
                """,
                """
                hook: {http: "http://127.0.0.1:PORT/two", rollback: {http: "DELETE http://127.0.0.1:PORT/two"}}
                    name: two
                """,
            ])
            defer { sandbox.end() }
            _ = try await sandbox.startListener("hook", port: sandbox.port + 2, answer: "two 204")
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            let back = try await sandbox.run("plan", "rollback", "plan.yaml", "--to", "one")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            #expect(sandbox.lines("said") == ["one", "not one"])
            #expect(sandbox.lines("hook.log") == ["POST /two ", "DELETE /two "])
        }

        @Test(arguments: [
            ("{command: [sh, -c, \"echo no room >&2; exit 7\"]}", "ended with 7: no room"),
            ("{command: [no-such-program]}", "'no-such-program': No such file or directory"),
            ("{http: \"http://127.0.0.1:PORT/x\"}", "the hook got 503 from"),
            ("{command: [sleep, \"60\"]}\n    timeout: 300ms", "took longer than 0.3 s"),
        ])
        func `a hook that fails stops the run with its words`(hook: String, words: String)
            async throws
        {
            let sandbox = try await sandbox(["hook: \(hook)"])
            defer { sandbox.end() }
            if hook.contains("PORT") {
                _ = try await sandbox.startListener(
                    "hook", port: sandbox.port + 2, answer: "x 503 busy")
            }
            let applied = try await sandbox.apply(within: 20)
            #expect(applied.code == 1)
            #expect(applied.errors.contains(words), "\(applied.errors)")
        }

        @Test func `a hook gets no signal mask and none of the run's files`() async throws {
            let sandbox = try await sandbox([
                "hook: {command: [sh, -c, \"grep SigBlk /proc/self/status > mask\"]}\n    name: signals",
                "hook: {command: [sh, -c, \"ls -l /proc/self/fd > files; kill -9 $PPID\"]}",
            ])
            defer { sandbox.end() }
            let applied = try await sandbox.apply()
            #expect(applied.code != 0)
            let files = try sandbox.text("files")
            #expect(files.contains("/dev/null"), "\(files)")
            #expect(!files.contains(".plan") && !files.contains("sqlite"), "\(files)")
            #expect(sandbox.lines("mask") == ["SigBlk:\t0000000000000000"])
        }

        @Test func `a hook that fails does so where who started the run hears of no child's end`()
            async throws
        {
            let sandbox = try await sandbox(["hook: {command: [sh, -c, \"exit 7\"]}"])
            defer { sandbox.end() }
            let applied = try await sandbox.run(
                "/bin/sh", "-c", "trap '' CHLD; exec plan apply plan.yaml")
            #expect(applied.code == 1, "\(applied.output)")
            #expect(applied.errors.contains("ended with 7"), "\(applied.errors)")
        }

        @Test func `notify tells a URL and a program of what waits, fails and ends`() async throws {
            let sandbox = try await sandbox(
                ["hook: {command: [test, -e, mended]}", "approval: {}\n    name: go-live"],
                extra: """
                    notify:
                      - {on: [waiting, failed, rolled_back, done], http: "http://127.0.0.1:PORT/told"}
                      - {on: [done], command: [sh, -c, "echo $@ >> told", sh]}
                      - {on: [done], http: "http://127.0.0.1:1/nobody"}
                    """)
            defer { sandbox.end() }
            _ = try await sandbox.startListener("told", port: sandbox.port + 2, answer: "told 200")
            for expected: Int32 in [1, 4, 0] {
                let applied = try await sandbox.apply()
                #expect(applied.code == expected, "\(applied.output)\(applied.errors)")
                if expected == 1 { try sandbox.write("", to: "mended") }
                if expected == 4 {
                    try await sandbox.run("plan", "approve", "plan.yaml", "go-live")
                }
            }
            let events = sandbox.lines("told.log").map { line in
                ["waiting", "failed", "done"].first { line.contains("\"event\":\"\($0)\"") } ?? line
            }
            #expect(events == ["failed", "waiting", "done"])
            #expect(sandbox.lines("told") == ["done the run is done"])
            #expect(try sandbox.text(".plan/test/events.jsonl").contains("notify_failed"))
        }
    }
}
