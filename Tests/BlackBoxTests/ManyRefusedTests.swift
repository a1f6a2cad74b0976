import Foundation
import SQLite
import Testing

extension BlackBox {
    /// A target that refuses more than the plan allows, long before all is read.
    @Suite(.serialized)
    struct ManyRefusedTests {
        /// 6,000 records, of which the target takes the first 200 and the last 800.
        private func sandbox() throws -> Sandbox {
            let sandbox = try Sandbox()
            try SQLiteDatabase(path: sandbox.path("old.sqlite"), access: .readWriteCreate).execute(
                """
                CREATE TABLE packages (id INTEGER PRIMARY KEY, payload TEXT NOT NULL DEFAULT '{}',
                    vector BLOB);
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
                INSERT INTO packages SELECT i, '{}',
                    CASE WHEN i BETWEEN 201 AND 5200 THEN X'0000803F0000803F'
                    ELSE X'0000803F0000803F0000803F' END FROM n;
                """)
            var plan = PlanText()
            plan.source = plan.source.replacing("}", with: ", distance: cosine}")
            plan.steps = [
                "create_target", "dual_write",
                "backfill: {workers: 1, batch_size: 100, max_refused: 2}", PlanText.verify,
            ]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            return sandbox
        }

        private func expectStop(
            _ sandbox: Sandbox, _ words: String..., allowed: Int, refused: Range<Int>
        ) async throws {
            let stopped = try await sandbox.run("plan", ["apply", "plan.yaml"] + words)
            #expect(stopped.code == 1, "\(stopped.output)\(stopped.errors)")
            for said in ["the plan allows \(allowed); stopped early, with", "of 6000 read"] {
                #expect(stopped.errors.contains(said), "\(stopped.errors)")
            }
            let listed = sandbox.lines(".plan/test/refused.jsonl").count
            #expect(refused.contains(listed), "\(listed)")
        }

        @Test func `a backfill that is refused too much stops early, and goes on where it was`()
            async throws
        {
            let sandbox = try sandbox()
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            // Of one worker: not a page more than it takes.
            try await expectStop(sandbox, allowed: 2, refused: 1_000..<1_100)
            try await expectStop(sandbox, allowed: 2, refused: 1_000..<1_100)
            // The ceiling is raised as the hints say.
            let text = try sandbox.text("plan.yaml")
            try sandbox.write(
                text.replacing("max_refused: 2}", with: "max_refused: 1500}"), to: "plan.yaml")
            let back = try await sandbox.run("plan", "rollback", "plan.yaml", "--to", "backfill")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            try await expectStop(
                sandbox, "--accept-changes", allowed: 1_500, refused: 1_501..<1_601)
            // All but one that was refused and one that was not read yet are mended.
            try SQLiteDatabase(path: sandbox.path("old.sqlite"), access: .readWrite).execute(
                "UPDATE packages SET vector = X'0000803F0000803F0000803F' "
                    + "WHERE length(vector) = 8 AND id NOT IN (300, 5000)")
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            #expect(applied.output.contains("2 records refused"), "\(applied.output)")
            #expect(sandbox.lines(".plan/test/refused.jsonl").count == 2)
            let diff = try await sandbox.run("plan", "diff", "plan.yaml")
            #expect(diff.output.contains("2 that it refuses to hold"), "\(diff.output)")
        }
    }
}
