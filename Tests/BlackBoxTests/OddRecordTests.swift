import Foundation
import JSON
import PlanCore
import TestServers
import Testing

extension BlackBox {
    /// Records that nobody should write and somebody does, from SQLite to PostgreSQL.
    @Suite(.serialized)
    struct OddRecordTests {
        private func sandbox(_ rows: [OddRecords.Row], refused: Int) async throws -> Sandbox {
            let sandbox = try Sandbox()
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            try OddRecords.make(rows, at: sandbox.path("old.sqlite"))
            var plan = PlanText()
            plan.source = plan.source.replacing("}", with: ", distance: cosine}")
            plan.target =
                "{store: pgvector, url: \"env:NEW_DATABASE_URL\", table: packages, "
                + "deadline: 5s, quarantine: 5s}"
            plan.steps = [
                "create_target", "dual_write", "backfill: {batch_size: 2, max_refused: \(refused)}",
                PlanText.verify, "cutover: {steps: []}",
            ]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            return sandbox
        }

        private func record(_ row: OddRecords.Row) throws -> JSONValue {
            let vector = (row.vector ?? []).map { JSONValue.double(Double($0)) }
            return [
                "id": .string(row.id), "vector": .array(vector),
                "payload": try JSON.parse(row.payload),
            ]
        }

        @Test func `odd records arrive whole, copied or written through the gateway`() async throws
        {
            let sandbox = try await sandbox([OddRecords.sound[0]], refused: 0)
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            // One before the run, the others while both sides are written.
            let early = try await sandbox.ask(
                "PUT", "/v1/records", ["records": [try record(OddRecords.sound[1])]])
            #expect(early.status == 200, "\(early.body)")
            let until = try await sandbox.apply("--until", "dual_write")
            #expect(until.code == 0, "\(until.output)\(until.errors)")
            for row in OddRecords.sound.dropFirst(2) {
                let written = try await sandbox.ask(
                    "PUT", "/v1/records", ["records": [try record(row)]])
                #expect(written.status == 200, "\(written.body)")
            }
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            let ids = OddRecords.sound.map { JSONValue.string($0.id) }
            let got = try await sandbox.ask("POST", "/v1/records/get", ["ids": .array(ids)])
            for row in OddRecords.sound {
                let found = got.body["records"].items.first { $0["id"].text == row.id }
                let wanted = try JSON.parse(row.payload)
                #expect(
                    found?["payload"].isJSONEqual(to: wanted) == true, "\(row.id.prefix(20))")
            }
            try await Settled.expectEqual(sandbox)
        }

        @Test func `what the target cannot hold is refused by name, and verify says so`()
            async throws
        {
            let unfit = OddRecords.unfit
            let sandbox = try await sandbox(
                OddRecords.sound + unfit.map(\.row), refused: unfit.count - 1)
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            let stopped = try await sandbox.apply()
            #expect(stopped.code == 1)
            #expect(stopped.errors.contains("refused \(unfit.count) records"), "\(stopped.errors)")
            let listed = sandbox.lines(".plan/test/refused.jsonl").compactMap {
                try? JSON.parse($0)
            }
            for (row, why) in unfit {
                let line = listed.first { $0["id"].text == row.id }
                #expect(
                    line?["reason"].text.contains(why) == true, "\(row.id.prefix(20)): \(listed)")
            }
            // The ceiling is raised as the hints say.
            let text = try sandbox.text("plan.yaml")
            try sandbox.write(
                text.replacing("refused: \(unfit.count - 1)", with: "refused: \(unfit.count)"),
                to: "plan.yaml")
            let back = try await sandbox.run("plan", "rollback", "plan.yaml", "--to", "backfill")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            let applied = try await sandbox.apply("--accept-changes")
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            #expect(applied.output.contains("\(unfit.count) records refused"), "\(applied.output)")
            let diff = try await sandbox.run("plan", "diff", "plan.yaml")
            #expect(diff.code == 1)
            #expect(diff.output.contains("\(unfit.count) that it refuses to hold"))
        }

        @Test func `the gateway refuses what either side cannot hold`() async throws {
            let sandbox = try await sandbox([OddRecords.sound[0]], refused: 0)
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            let copied = try await sandbox.apply("--until", "backfill")
            #expect(copied.code == 0, "\(copied.output)\(copied.errors)")
            for (row, _) in OddRecords.unfit {
                let answer = try await sandbox.ask(
                    "PUT", "/v1/records", ["records": [try record(row)]])
                #expect(answer.status == 400, "\(row.id.prefix(20)): \(answer.body)")
            }
            let count = try await sandbox.ask("GET", "/v1/count", nil)
            #expect(count.body["count"].number == 1)
            try await Settled.expectEqual(sandbox)
        }
    }
}
