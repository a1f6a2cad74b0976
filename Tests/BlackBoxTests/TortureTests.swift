import Foundation
import Testing

extension BlackBox {
    /// A small share of `make torture`: one migration to PostgreSQL whose processes kill
    /// themselves at the crash points of the protocol, and are killed at random.
    @Suite(.serialized)
    struct TortureTests {
        @Test func `a migration killed at every crash point ends with both stores equal`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let torture = try sandbox.start("plan-torture", "share")
            let result = try await torture.finish(within: 300)
            #expect(result.code == 0, "\(result.output)\(result.errors)")
            #expect(result.output.contains("at after-begin "), "\(result.output)")
        }

        /// A minute of `make load`: from SQLite to PostgreSQL by the native dialect, and
        /// from one of Qdrant's engines to another by Qdrant's.
        @Test(arguments: [("postgres", "0.5"), ("qdrant", "0.5")])
        func `a migration that goes round and round under load leaves the gateway flat`(
            pair: String, minutes: String
        ) async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let load = try sandbox.start("plan-torture", "load", minutes, pair)
            let result = try await load.finish(within: 200)
            #expect(result.code == 0, "\(result.output)\(result.errors)")
            #expect(result.output.contains("✓ failed requests: 0"), "\(result.output)")
            #expect(result.output.contains("descriptors"), "\(result.output)")
        }

        @Test func `a crash point that there is none of is refused`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            sandbox.variables["CROSSFADE_CRASH_AT"] = "on-a-whim:1"
            try sandbox.write(
                PlanText().text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let applied = try await sandbox.apply()
            #expect(applied.code == 1, "\(applied.output)\(applied.errors)")
            #expect(applied.errors.contains("'on-a-whim:1'"), "\(applied.errors)")
        }
    }
}
