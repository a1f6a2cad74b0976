import Foundation
import PlanCore
import SQLite
import Testing

/// A source that follows, and refuses what the application wrote after the cutover; and one that
/// alone holds what the target refused before.
extension BlackBox {
    @Suite(.serialized)
    struct LeftBehindTests {
        /// The cutover is done, and the target alone holds the record.
        private func refused() async throws -> Sandbox {
            let sandbox = try Sandbox()
            try await sandbox.seed(records: 60)
            var plan = PlanText()
            plan.steps = Array(PlanText.untilSoak.prefix(4)) + ["cutover: {steps: []}"]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let moved = try await sandbox.apply()
            #expect(moved.code == 0, "\(moved.output)\(moved.errors)")
            try run(
                """
                CREATE TRIGGER frozen BEFORE INSERT ON packages WHEN NEW.id = 900001
                BEGIN SELECT RAISE(ABORT, 'frozen by the administrator'); END
                """, in: sandbox)
            #expect(try await sandbox.put(900_001) == 200)
            _ = try await sandbox.status { $0["refused"] == 1 && $0["repair_backlog"] == 0 }
            return sandbox
        }

        private func run(
            _ sql: String, in sandbox: Sandbox, file: String = "old.sqlite"
        ) throws {
            try SQLiteDatabase(path: sandbox.path(file), access: .readWrite).execute(sql)
        }

        /// Whoever has authority answers.
        private func isThere(_ sandbox: Sandbox) async throws -> Bool {
            let read = try await sandbox.ask("POST", "/v1/records/get", ["ids": [900_001]])
            return read.body["records"].items.count == 1
        }

        @Test
        func `a rollback that would lose writes stops, and goes on when the source is mended`()
            async throws
        {
            let sandbox = try await refused()
            defer { sandbox.end() }
            let stopped = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(stopped.code == 1, "\(stopped.output)\(stopped.errors)")
            #expect(stopped.errors.contains("the source refuses 1 records"), "\(stopped.errors)")
            #expect(try sandbox.text(".plan/test/refused.jsonl").contains("frozen by the admin"))
            #expect(try await sandbox.get("/status")["gateway"]["route"]["authority"] == "target")
            #expect(try await isThere(sandbox))
            try run("DROP TRIGGER frozen", in: sandbox)
            let back = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            #expect(try await sandbox.get("/status")["gateway"]["route"]["authority"] == "source")
            #expect(try await isThere(sandbox))
        }

        @Test func `what the source refuses is left behind when a person says so`() async throws {
            let sandbox = try await refused()
            defer { sandbox.end() }
            let stopped = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(stopped.code == 1 && stopped.errors.contains("plan approve plan.yaml cutover"))
            let approved = try await sandbox.run("plan", "approve", "plan.yaml", "cutover")
            #expect(approved.code == 0, "\(approved.errors)")
            let back = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            #expect(try await !isThere(sandbox))
            // Of another cutover nobody has said so.
            let again = try await sandbox.apply()
            #expect(again.code == 0, "\(again.output)\(again.errors)")
            #expect(try await sandbox.put(900_001) == 200)
            _ = try await sandbox.status { $0["refused"] == 1 && $0["repair_backlog"] == 0 }
            let other = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(other.code == 1, "\(other.output)\(other.errors)")
            #expect(try await isThere(sandbox))
        }

        /// One that the target has in no version, one that it has in an older one.
        @Test func `what the target refused before stays the source's, verified and rolled back`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 60)
            var plan = PlanText()
            plan.steps =
                ["create_target: {distance: cosine}", "dual_write", "backfill: {max_refused: 2}"]
                + ["cutover: {steps: []}", PlanText.verify, "soak: {duration: 1s}"]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            #expect(try await sandbox.put(900_002) == 200)
            let copied = try await sandbox.apply("--until", "backfill")
            #expect(copied.code == 0, "\(copied.output)\(copied.errors)")
            try run(
                """
                CREATE TRIGGER frozen BEFORE INSERT ON packages WHEN NEW.id IN (900001, 900002)
                BEGIN SELECT RAISE(ABORT, 'frozen by the administrator'); END
                """, in: sandbox, file: "new.sqlite")
            #expect(try await sandbox.put(900_001) == 200)
            let told = try await sandbox.ask(
                "PATCH", "/v1/records", ["updates": [["id": 900_002, "set": ["made": "later"]]]])
            #expect(told.status == 200, "\(told.body)")
            _ = try await sandbox.status { $0["refused"] == 2 && $0["repair_backlog"] == 0 }
            let moved = try await sandbox.apply()
            #expect(moved.code == 0, "\(moved.output)\(moved.errors)")
            #expect(try await sandbox.get("/status")["gateway"]["route"]["authority"] == "target")
            #expect(try sandbox.text(".plan/test/refused.jsonl").contains("\"by\":\"target\""))
            let absent = try await sandbox.ask(
                "PATCH", "/v1/records", ["updates": [["id": 900_001, "set": ["made": "x"]]]])
            #expect(absent.body["missing"].items == [900_001], "\(absent.body)")
            let back = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            let read = try await sandbox.ask(
                "POST", "/v1/records/get", ["ids": [900_001, 900_002]])
            let made = read.body["records"].items.map { $0["payload"]["made"].text }
            #expect(made == ["by a test", "later"], "\(read.body)")
        }
    }
}
