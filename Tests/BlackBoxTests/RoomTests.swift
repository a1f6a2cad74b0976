import Foundation
import Glibc
import Postgres
import SQLite
import TestServers
import Testing

extension BlackBox {
    /// A state folder without room, a ledger that is not what it should be, another database.
    @Suite(.serialized)
    struct RoomTests {
        /// Root may mount in most containers, not in all.
        private static let canMount: Bool = {
            let folder = FileManager.default.temporaryDirectory.path + "/crossfade-room-probe"
            try? FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            guard mount(at: folder) else { return false }
            unmount(folder)
            return true
        }()

        private static func mount(at folder: String) -> Bool {
            Glibc.mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0
        }

        private static func unmount(_ folder: String) {
            _ = umount2(folder, Int32(MNT_DETACH))
        }

        private func sandbox(_ steps: [String], records: Int = 60) async throws -> Sandbox {
            let sandbox = try Sandbox()
            try await sandbox.seed(records: records)
            var plan = PlanText()
            plan.steps = steps
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            return sandbox
        }

        @Test(
            .enabled(if: canMount, "mounting a tmpfs of 1 MiB is not allowed here"))
        func
            `a full disk refuses writes and loses nothing, and the run goes on when there is room`()
            async throws
        {
            let sandbox = try await sandbox([
                "create_target", "dual_write",
                "backfill: {workers: 1, batch_size: 5, max_rate: 20/s}",
                PlanText.verify,
            ])
            defer { sandbox.end() }
            let state = sandbox.path(".plan")
            try FileManager.default.createDirectory(
                atPath: state, withIntermediateDirectories: true)
            try #require(Self.mount(at: state))
            defer { Self.unmount(state) }
            func free() throws { try FileManager.default.removeItem(atPath: state + "/fill") }
            try fillByParts(state + "/fill")
            let refused = try await sandbox.apply()
            #expect(refused.code == 1)
            #expect(
                refused.errors.contains("full") && refused.errors.contains("room"),
                "\(refused.errors)")
            try free()
            _ = try await sandbox.startGateway()
            let apply = try sandbox.start("plan", "apply", "plan.yaml")
            _ = try await sandbox.status { $0["steps"].items[2]["done"].number ?? 0 > 0 }
            try fillByParts(state + "/fill")
            #expect(try await sandbox.put(900_001) == 503)
            #expect(try await sandbox.ask("GET", "/v1/count", nil).status == 200)
            try free()
            #expect(try await sandbox.put(900_002) == 200)
            let applied = try await apply.finish(within: 30)
            if applied.code != 0 {
                // run.json could not be written: the next apply goes on.
                let again = try await sandbox.apply()
                #expect(again.code == 0, "\(again.output)\(again.errors)")
            }
            try await Settled.expectEqual(sandbox)
        }

        /// Until not one block is left.
        private func fillByParts(_ path: String) throws {
            let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            try #require(file >= 0)
            defer { close(file) }
            let block = [UInt8](repeating: 0, count: 4_096)
            while write(file, block, block.count) > 0 {}
        }

        static let damages: [(name: String, words: String, hint: String)] = [
            ("garbage", "is no ledger", "plan recover"),
            ("truncated", "cannot be read", "plan recover"),
            ("newer", "newer than this build's 2", "use the build that wrote it"),
            ("foreign", "belongs to another run", "plan recover"),
        ]

        @Test(arguments: damages)
        func `a ledger that is not this run's is refused and left alone`(
            name: String, words: String, hint: String
        ) async throws {
            let sandbox = try await sandbox(["create_target", "approval"])
            defer { sandbox.end() }
            try await sandbox.apply("--until", "create_target")
            let path = sandbox.path(".plan/test/ledger.sqlite")
            switch name {
            case "garbage": try sandbox.write("not a database", to: ".plan/test/ledger.sqlite")
            case "truncated": truncate(path, 4_096 * 3)
            default:
                let ledger = try SQLiteDatabase(path: path, access: .readWrite)
                try ledger.execute(
                    name == "newer"
                        ? "UPDATE meta SET value = '99' WHERE name = 'format'"
                        : "UPDATE meta SET value = 'other' WHERE name = 'id'")
            }
            let before = FileManager.default.contents(atPath: path)
            let refused = try await sandbox.apply()
            #expect(refused.code == 1)
            #expect(refused.errors.contains(words), "\(refused.errors)")
            #expect(refused.errors.contains(hint), "\(refused.errors)")
            #expect(FileManager.default.contents(atPath: path) == before)
            let recovered = try await sandbox.run("plan", "recover", "plan.yaml")
            #expect(recovered.code == (name == "newer" ? 1 : 0), "\(recovered.errors)")
        }

        @Test func `another database behind the same variable is refused on resume`() async throws {
            let sandbox = try await sandbox(["create_target", "approval"])
            defer { sandbox.end() }
            let text = try sandbox.text("plan.yaml").replacing(
                "target: {store: sqlite, path: new.sqlite",
                with: "target: {store: pgvector, url: \"env:DB\"")
            try sandbox.write(text, to: "plan.yaml")
            sandbox.variables["DB"] = try PostgresServer.shared().makeDatabase()
            let made = try await sandbox.apply("--until", "create_target")
            #expect(made.code == 0, "\(made.errors)")
            let other = try PostgresServer.shared().makeDatabase()
            sandbox.variables["DB"] = other
            let gone = try await sandbox.apply()
            #expect(gone.code == 1)
            #expect(gone.errors.contains("the target that this run made is not there"))
            let admin = try PostgresServer.connect(other)
            try admin.run(
                "CREATE EXTENSION vector; "
                    + "CREATE TABLE packages (id bigint PRIMARY KEY, payload jsonb NOT NULL, "
                    + "embedding vector(384))")
            let refused = try await sandbox.apply()
            #expect(refused.code == 1)
            #expect(refused.errors.contains("the target is another database"), "\(refused.errors)")
        }
    }
}
