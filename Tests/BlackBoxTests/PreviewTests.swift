import Foundation
import Postgres
import TestServers
import Testing

extension BlackBox {
    /// What `preview` warns of comes true, and what it leaves alone stays.
    @Suite(.serialized)
    struct PreviewTests {
        @Test func `adopting a target is told by how many records it deletes`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 40)
            try FileManager.default.copyItem(
                atPath: sandbox.path("old.sqlite"), toPath: sandbox.path("new.sqlite"))
            try FileManager.default.removeItem(atPath: sandbox.path("old.sqlite"))
            try await sandbox.seed(records: 30)
            var plan = PlanText()
            plan.target = plan.target.replacing("}", with: ", existing: adopt}")
            plan.steps = ["create_target", "dual_write", "backfill", PlanText.verify]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let preview = try await sandbox.run("plan", "preview", "plan.yaml")
            #expect(
                preview.output.contains("warning: 10 of the target's 40 records are not in the"),
                "\(preview.output)\(preview.errors)")
            _ = try await sandbox.startGateway()
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            try await Settled.expectEqual(sandbox)
        }

        @Test func `text ids in another order than bytes are told with the index to make`()
            async throws
        {
            let database = try PostgresServer.shared().makeDatabase()
            let admin = try PostgresServer.connect(database)
            try admin.run(
                "CREATE EXTENSION vector; CREATE TABLE packages (id text COLLATE ucs_basic PRIMARY KEY, "
                    + "payload jsonb NOT NULL DEFAULT '{}', embedding vector(3))")
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try OddRecords.make([OddRecords.sound[0]], at: sandbox.path("old.sqlite"))
            var plan = PlanText()
            plan.source = plan.source.replacing("}", with: ", distance: cosine}")
            plan.target =
                "{store: pgvector, url: \"\(database)\", table: packages, "
                + "distance: cosine}"
            plan.steps = ["create_target", "dual_write", "backfill"]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let told = try await sandbox.run("plan", "preview", "plan.yaml")
            let hint = "CREATE INDEX CONCURRENTLY ON \"packages\" (\"id\" COLLATE \"C\")"
            #expect(told.output.contains("hint: \(hint)"), "\(told.output)\(told.errors)")
            let validated = try await sandbox.run("plan", "validate", "--connect", "plan.yaml")
            #expect(validated.code == 0, "\(validated.output)\(validated.errors)")
            #expect(validated.output.contains(hint), "\(validated.output)\(validated.errors)")
            try admin.run(hint)
            let mended = try await sandbox.run("plan", "preview", "plan.yaml")
            #expect(mended.code == 0 && !mended.output.contains("warning"), "\(mended.output)")
        }
    }
}
