import Foundation
import Testing

extension BlackBox {
    /// The application's own configuration, switched and put back, with services that reload.
    @Suite(.serialized)
    struct ConfigSwitchTests {
        private static let yaml =
            "# the shop's own\r\ndb:   # where it searches\r\n"
            + "    address:   '@'  # not 127.0.0.1\r\n    pool: 4\r\nlist: [1,  2]"
        private static let json =
            "{ \"other\": [1,2 ,3],\n\t\"db\" : {\"address\": \"@\", \"pool\":4}}"
        private static let env =
            "# for the worker\nexport  A=1\n\n  DB_ADDRESS = '@'   # the store\nB='x = y'"

        private func plan(_ sandbox: Sandbox, _ config: [String]) throws {
            var plan = PlanText()
            let lines = config.map { "          - \($0)" }.joined(separator: "\n")
            plan.steps = ["create_target", "attach:\n        config:\n\(lines)", "dual_write"]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
        }

        private func change(_ file: String, _ key: String, _ port: Int, _ reload: String) -> String
        {
            "{file: \(file), set: {\(key): \"127.0.0.1:\(port)\"}, reload: \(reload)}"
        }

        @Test func `three services reload by signal, HTTP and command, and again on rollback`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 50)
            let (old, new) = ("127.0.0.1:1", "127.0.0.1:\(sandbox.port)")
            let files = [
                "shop.yaml": Self.yaml, "shop.json": Self.json, "shop.env": Self.env,
            ]
            for (name, text) in files.sorted(by: { $0.key < $1.key }) {
                try sandbox.write(text.replacing("@", with: old), to: name)
            }
            let web = sandbox.port + 2
            try sandbox.write("kill -USR1 \"$(cat c.pid)\"\n", to: "reload.sh")
            try plan(
                sandbox,
                [
                    change(
                        "shop.yaml", "db.address", sandbox.port, "{signal: HUP, pid_file: a.pid}"),
                    change(
                        "shop.json", "db.address", sandbox.port,
                        "{http: \"POST http://127.0.0.1:\(web)/reload\"}"),
                    change("shop.env", "DB_ADDRESS", sandbox.port, "{command: [sh, reload.sh]}"),
                ])
            _ = try await sandbox.startApplication(
                "a", config: "shop.yaml", port: sandbox.port + 1)
            _ = try await sandbox.startApplication("b", config: "shop.json", port: web)
            _ = try await sandbox.startApplication("c", config: "shop.env", port: sandbox.admin + 2)
            _ = try await sandbox.startGateway()
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            for (name, text) in files {
                #expect(try sandbox.text(name) == text.replacing("@", with: new))
            }
            for name in ["a", "b", "c"] { #expect(sandbox.lines("\(name).log") == [old, new]) }
            let back = try await sandbox.run(
                "plan", "rollback", "plan.yaml", "--to", "attach", within: 30)
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            for (name, text) in files {
                #expect(try sandbox.text(name) == text.replacing("@", with: old))
            }
            for name in ["a", "b", "c"] {
                #expect(sandbox.lines("\(name).log") == [old, new, old])
            }
        }

        /// The application reads from a separate endpoint: it is told once authority has moved, takes
        /// its time, and the step waits until it says that it has taken it up.
        @Test func `a cutover tells an application that reads by itself, and waits until it did`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 50)
            let (old, new) = ("127.0.0.1:\(sandbox.port)", "127.0.0.1:\(sandbox.admin)")
            let web = sandbox.port + 2
            try sandbox.write("db: {address: \"\(old)\"}  # ours\n", to: "shop.yaml")
            func cutover(confirming address: String) -> String {
                let url = "http://127.0.0.1:\(web)"
                return """
                    cutover:
                          config:
                            - file: shop.yaml
                              set: {db.address: "\(new)"}
                              reload: {http: "POST \(url)/reload/later"}
                              confirm:
                                http: "GET \(url)/uses/\(address)"
                                restored: {http: "GET \(url)/uses/\(old)"}
                                timeout: 3s
                        on_failure: pause
                    """
            }
            var plan = PlanText()
            plan.steps = PlanText.untilSoak.prefix(4) + [cutover(confirming: "nobody")]
            func write() throws {
                let text = plan.text(port: sandbox.port, admin: sandbox.admin)
                try sandbox.write(text, to: "plan.yaml")
            }
            try write()
            _ = try await sandbox.startApplication("shop", config: "shop.yaml", port: web)
            _ = try await sandbox.startGateway()
            let stuck = try await sandbox.apply(within: 60)
            #expect(stuck.code == 1, "\(stuck.output)\(stuck.errors)")
            #expect(stuck.errors.contains("the confirmation"), "\(stuck.errors)")
            let undone = try await sandbox.run(
                "plan", "rollback", "plan.yaml", "--to", "cutover", within: 60)
            #expect(undone.code == 5, "\(undone.output)\(undone.errors)")
            #expect(sandbox.lines("shop.log").last == old)
            plan.steps[4] = cutover(confirming: new)
            try write()
            let applied = try await sandbox.apply("--accept-changes", within: 60)
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            #expect(sandbox.lines("shop.log").last == new)
            let kinds = sandbox.lines(".plan/test/events.jsonl").compactMap { line in
                ["\"authority\"", "config_switched"].first { line.contains($0) }
            }
            #expect(kinds.last == "config_switched", "\(kinds)")
            let back = try await sandbox.run("plan", "rollback", "plan.yaml", within: 60)
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            #expect(try sandbox.text("shop.yaml").contains(old))
            #expect(sandbox.lines("shop.log").last == old)
        }

        @Test(arguments: [
            ("{http: \"http://127.0.0.1:1/reload\"}", "the reload got no answer from"),
            ("{signal: HUP, pid_file: gone.pid}", "'gone.pid' names no process"),
            ("{command: [sh, -c, \"echo no such unit; exit 5\"]}", "ended with 5: no such unit"),
        ])
        func `a service that does not answer is a clear error`(
            reload: String, words: String
        ) async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 20)
            try sandbox.write("db: {address: \"127.0.0.1:1\"}  # old\n", to: "shop.yaml")
            try plan(sandbox, [change("shop.yaml", "db.address", sandbox.port, reload)])
            let applied = try await sandbox.apply(within: 30)
            #expect(applied.code == 1)
            #expect(applied.errors.contains(words), "\(applied.errors)")
            #expect(try sandbox.text("shop.yaml").contains(":\(sandbox.port)"))
            guard reload.contains("pid_file") else { return }
            let back = try await sandbox.run(
                "plan", "rollback", "plan.yaml", "--to", "attach", within: 30)
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            #expect(try sandbox.text("shop.yaml") == "db: {address: \"127.0.0.1:1\"}  # old\n")
        }

        @Test func `a value that is not there changes no file at all`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 20)
            try sandbox.write("db: {address: a}\n", to: "one.yaml")
            try sandbox.write("db: {address: a}\n", to: "two.yaml")
            try plan(
                sandbox,
                [
                    "{file: one.yaml, set: {db.address: b}}",
                    "{file: two.yaml, set: {db.adress: b}}",
                ])
            let applied = try await sandbox.apply(within: 30)
            #expect(applied.code == 1)
            #expect(applied.errors.contains("has no value 'db.adress'"), "\(applied.errors)")
            #expect(try sandbox.text("one.yaml") == "db: {address: a}\n")
        }
    }
}
