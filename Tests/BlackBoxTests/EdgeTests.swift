import Foundation
import PlanCore
import Postgres
import SQLite
import TestServers
import Testing

extension BlackBox {
    /// Collections and moments at the edge.
    @Suite(.serialized)
    struct EdgeTests {
        private static let short = [
            "create_target: {distance: cosine}", "dual_write", "backfill", PlanText.verify,
        ]

        private func sandbox(
            _ steps: [String], records: Int = 60, target: String? = nil, extra: String = ""
        ) async throws -> Sandbox {
            let sandbox = try Sandbox()
            if records > 1 { try await sandbox.seed(records: records) }
            var plan = PlanText()
            if records < 2 { plan.source = plan.source.replacing("}", with: ", distance: cosine}") }
            plan.target = target ?? plan.target
            plan.steps = steps
            plan.extra = extra
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            return sandbox
        }

        @Test(arguments: [0, 1]) func `a collection of none or one moves`(records: Int)
            async throws
        {
            let sandbox = try await sandbox(
                Self.short + ["cutover: {steps: []}", "soak: {duration: 100ms}"], records: records)
            defer { sandbox.end() }
            try OddRecords.make(
                Array(OddRecords.sound.prefix(records)), at: sandbox.path("old.sqlite"))
            _ = try await sandbox.startGateway()
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            let count = try await sandbox.ask("GET", "/v1/count", nil)
            #expect(count.body["count"].number == Double(records))
            try await Settled.expectEqual(sandbox)
        }

        @Test func `when the run is over a gateway starts without the source`() async throws {
            let sandbox = try await sandbox(
                Self.short + [
                    "cutover: {steps: []}", "soak: {duration: 100ms}",
                    "decommission: {source: drop}",
                ])
            defer { sandbox.end() }
            let first = try await sandbox.startGateway()
            let applied = try await sandbox.apply("--yes=decommission")
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            #expect(try await sandbox.put(7) == 200)
            first.kill(SIGTERM)
            _ = try await first.finish(within: 20)
            for file in ["old.sqlite", "old.sqlite-wal", "old.sqlite-shm"] {
                try? FileManager.default.removeItem(atPath: sandbox.path(file))
            }
            _ = try await sandbox.startGateway()
            try await sandbox.waitUntilReady()
            #expect(try await sandbox.put(8) == 200)
            let got = try await sandbox.ask("POST", "/v1/records/get", ["ids": [7, 8]])
            #expect(got.status == 200 && got.body["records"].items.count == 2, "\(got.body)")
            let again = try await sandbox.apply()
            #expect(again.code == 0, "\(again.output)\(again.errors)")
        }

        @Test func `a write past the gateway is found, told and mended`() async throws {
            let verify = """
                verify: {mode: full, repair: true}
                    name: again
                    guards: [bypassed_writes == 0]
                """
            let sandbox = try await sandbox(Self.short + [verify, "cutover: {steps: []}"])
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            let copied = try await sandbox.apply("--until", "verify")
            #expect(copied.code == 0, "\(copied.output)\(copied.errors)")
            let source = try SQLiteDatabase(path: sandbox.path("old.sqlite"), access: .readWrite)
            try source.execute("UPDATE packages SET payload = '{\"past\":true}' WHERE id = 7")
            try source.execute("DELETE FROM packages WHERE id = 8")
            let found = try await sandbox.apply()
            #expect(found.code == 3, "\(found.output)\(found.errors)")
            #expect(found.errors.contains("bypassed_writes is 2"), "\(found.errors)")
            #expect(found.errors.contains("somebody writes past the gateway"), "\(found.errors)")
            let mended = try await sandbox.apply()
            #expect(mended.code == 0, "\(mended.output)\(mended.errors)")
            let got = try await sandbox.ask("POST", "/v1/records/get", ["ids": [7, 8]])
            #expect(got.body["records"].items.map { $0["id"].number } == [7])
            #expect(got.body["records"].items[0]["payload"]["past"] == true)
        }

        @Test func `a target that turns read-only fails no write, and catches up`() async throws {
            let database = try PostgresServer.shared().makeDatabase()
            let sandbox = try await sandbox(
                Self.short,
                target: "{store: pgvector, url: \"\(database)\", table: packages, "
                    + "deadline: 2s, quarantine: 2s}")
            defer { sandbox.end() }
            _ = try await sandbox.startGateway()
            let copied = try await sandbox.apply("--until", "backfill")
            #expect(copied.code == 0, "\(copied.output)\(copied.errors)")
            let admin = try PostgresServer.connect(database)
            func readOnly(_ isOn: Bool) throws {
                try admin.run(
                    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET "
                        + "default_transaction_read_only = \(isOn)', current_database()); END $$")
                try admin.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        + "WHERE datname = current_database() AND pid <> pg_backend_pid()")
            }
            try readOnly(true)
            for id in 900_001...900_003 as ClosedRange<Int64> {
                #expect(try await sandbox.put(id) == 200)
            }
            let behind = try await sandbox.status { $0["repair_backlog"].number == 3 }
            #expect(behind["route"]["authority"].text == "source")
            try readOnly(false)
            _ = try await sandbox.status { $0["repair_backlog"].number == 0 }
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            try await Settled.expectEqual(sandbox)
        }

        @Test func `a gateway starts at once while the target hangs`() async throws {
            let proxy = try FaultProxy(
                server: try RESTServer.shared(.qdrant).port, speaking: .http)
            defer { proxy.stop() }
            func target(_ bounds: String) -> String {
                "{store: qdrant, url: \"\(proxy.url)\", collection: \(name), \(bounds)}"
            }
            let name = "hangs_\(UUID().uuidString)"
            let sandbox = try await sandbox(
                Self.short, target: target("deadline: 2s, quarantine: 2s"))
            defer { sandbox.end() }
            let first = try await sandbox.startGateway()
            let copied = try await sandbox.apply("--until", "backfill")
            #expect(copied.code == 0, "\(copied.output)\(copied.errors)")
            first.kill(SIGTERM)
            _ = try await first.finish(within: 20)
            proxy.arm(.stall) { _ in true }
            var patient = PlanText()
            patient.target = target("deadline: 90s, quarantine: 90s")
            patient.steps = Self.short
            try sandbox.write(
                patient.text(port: sandbox.port, admin: sandbox.admin), to: "patient.yaml")
            _ = try await sandbox.startGateway(plans: ["patient.yaml"])
            try await sandbox.waitUntilReady()
            #expect(try await sandbox.put(900_001) == 200)
            let got = try await sandbox.ask("POST", "/v1/records/get", ["ids": [900_001]])
            #expect(got.status == 200 && got.body["records"].items.count == 1, "\(got.body)")
        }

        @Test func `a gateway killed in a run is not waited for once it is known dead`()
            async throws
        {
            let sandbox = try await sandbox(
                Self.short + ["approval: {}\n    name: go", "cutover: {steps: []}"])
            defer { sandbox.end() }
            _ = try await sandbox.startGateway("one")
            let two = try sandbox.start(
                "plan", "gateway", "plan.yaml", "--name", "two", "--listen",
                "127.0.0.1:\(sandbox.port + 1)", "--admin", "127.0.0.1:\(sandbox.admin + 1)")
            let apply = try sandbox.start("plan", "apply", "plan.yaml", "--wait")
            _ = try await sandbox.status { status in
                status["gateways"].items.count == 2
                    && status["next"].text == "plan approve plan.yaml go"
            }
            two.kill(SIGKILL)
            try await sandbox.run("plan", "approve", "plan.yaml", "go")
            #expect(try await apply.finish(within: 30).code == 0)
            let status = try await sandbox.status { _ in true }
            #expect(status["gateways"].items.map { $0["name"].text } == ["one"])
        }

        @Test func `an executor killed while writes are held leaves them flowing again`()
            async throws
        {
            let sandbox = try await sandbox(
                Self.short + ["approval: {}\n    name: go", "cutover: {steps: []}"])
            defer { sandbox.end() }
            let gateway = try await sandbox.startGateway()
            let apply = try sandbox.start("plan", "apply", "plan.yaml", "--wait")
            _ = try await sandbox.status { $0["next"].text == "plan approve plan.yaml go" }
            gateway.kill(SIGSTOP)
            try await sandbox.run("plan", "approve", "plan.yaml", "go")
            _ = try await sandbox.status { $0["route"]["writes"].text == "held" }
            apply.kill(SIGKILL)
            gateway.kill(SIGCONT)
            // Held for 'write_pause_max' at the most, then open by the gateway's own doing.
            #expect(try await sandbox.putAtLast(900_001) == 200)
            let status = try await sandbox.status { $0["route"]["writes"].text == "open" }
            #expect(status["route"]["authority"].text == "source")
            let resumed = try await sandbox.apply()
            #expect(resumed.code == 0, "\(resumed.output)\(resumed.errors)")
            try await Settled.expectEqual(sandbox)
        }
    }
}
