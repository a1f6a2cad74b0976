import Foundation
import PlanCore
import PlanStores
import Testing

/// The main job to a folder of files and from one, under live traffic.
extension BlackBox {
    @Suite(.serialized)
    struct FilesMainJobTests {
        private static let files =
            "{store: files, path: backups, collection: packages, deadline: 3s, quarantine: 3s}"

        private func run(_ plan: PlanText, in sandbox: Sandbox) async throws {
            try sandbox.write(
                plan.patient.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let gateway = try await sandbox.startGateway()
            let traffic = try sandbox.startTraffic(records: 600, seconds: 500, expect: "done")
            let applied = try await sandbox.apply()
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            let seen = try await traffic.finish()
            #expect(seen.code == 0, "\(seen.output)")
            try await Settled.expectEqual(sandbox)
            gateway.kill(SIGTERM)
            #expect(try await gateway.finish(within: 30).code == 0)
        }

        private func store(_ sandbox: Sandbox) -> FilesStore {
            FilesStore(
                configuration: FilesStoreConfiguration(
                    folder: sandbox.path("backups"), collection: "packages"))
        }

        /// When all programs have ended the parts alone hold everything.
        @Test func `a collection moves to files, and the files alone hold it`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 600)
            var plan = PlanText()
            plan.target = Self.files
            try await run(plan, in: sandbox)
            let held = try await store(sandbox).scan(.all, limit: 10_000)
            #expect(held.count > 300)
            let folder = sandbox.path("backups/packages")
            for name in try FileManager.default.contentsOfDirectory(atPath: folder)
            where name.hasPrefix("index") {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
            #expect(try await store(sandbox).scan(.all, limit: 10_000) == held)
        }

        @Test func `what is decommissioned was exported, and can be restored`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 600)
            var plan = PlanText()
            plan.steps += ["decommission: {source: keep, export: exports}"]
            try sandbox.write(
                plan.patient.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let gateway = try await sandbox.startGateway()
            let traffic = try sandbox.startTraffic(records: 600, seconds: 500, expect: "done")
            let applied = try await sandbox.apply()
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            #expect(try await traffic.finish().code == 0)
            gateway.kill(SIGTERM)
            #expect(try await gateway.finish(within: 30).code == 0)
            let source = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("old.sqlite"), table: "packages"))
            let exported = FilesStore(
                configuration: FilesStoreConfiguration(
                    folder: sandbox.path("exports"), collection: "packages"))
            let held = try await source.scan(.all, limit: 10_000)
            #expect(try await exported.scan(.all, limit: 10_000) == held && held.count > 300)
        }

        /// It may be months old: it is no insurance, and the source would be gone.
        @Test func `what lies where the export goes is never taken for it`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 60)
            let before = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("old.sqlite"), table: "packages"))
            let older = exported("exports", sandbox)
            try await Copying.copy(before, to: older)
            await older.close()
            await before.close()
            try decommission(to: "exports", sandbox)
            _ = try await sandbox.startGateway()
            let refused = try await sandbox.apply("--yes=decommission")
            #expect(refused.code == 1, "\(refused.output)\(refused.errors)")
            #expect(
                refused.errors.contains("a collection 'packages' that this run did not make"),
                "\(refused.errors)")
            _ = try await sandbox.status { $0["route"]["follower"].text == "source" }
            #expect(try await sandbox.put(900_001) == 200)
            let back = try await sandbox.run(
                "plan", "rollback", "plan.yaml", "--to", "decommission")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            try decommission(to: "elsewhere", sandbox)
            let applied = try await sandbox.apply("--accept-changes", "--yes=decommission")
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            #expect(try await exported("exports", sandbox).count() == 60)
            #expect(try await exported("elsewhere", sandbox).count() == 61)
            let after = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("old.sqlite"), table: "packages"))
            #expect(try await after.describe() == nil)
        }

        private func exported(_ folder: String, _ sandbox: Sandbox) -> FilesStore {
            FilesStore(
                configuration: FilesStoreConfiguration(
                    folder: sandbox.path(folder), collection: "packages"))
        }

        private func decommission(to folder: String, _ sandbox: Sandbox) throws {
            var plan = PlanText()
            plan.steps = [
                "create_target: {distance: cosine}", "dual_write", "backfill", PlanText.verify,
                "cutover: {steps: []}", "decommission: {source: drop, export: \(folder)}",
            ]
            try sandbox.write(
                plan.patient.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
        }

        @Test func `a collection moves from files`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 600)
            let source = store(sandbox)
            try await Copying.copy(
                SQLiteStore(
                    configuration: SQLiteStoreConfiguration(
                        path: sandbox.path("old.sqlite"), table: "packages")), to: source)
            await source.close()
            var plan = PlanText()
            plan.source = Self.files
            try await run(plan, in: sandbox)
        }
    }
}
