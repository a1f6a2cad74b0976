import Foundation
import Testing

extension BlackBox {
    /// What the demonstration's own program makes for it.
    @Suite struct SeedTests {
        @Test(arguments: ["bare.sqlite", "in/a/folder.sqlite"])
        func `a source is made where it is asked for`(path: String) async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let made = try await sandbox.run(
                "plan-demo", "seed", "--data", Sandbox.data, "--sqlite", path, "--records", "3")
            #expect(made.code == 0, "\(made.output)\(made.errors)")
            #expect(FileManager.default.fileExists(atPath: sandbox.path(path)))
        }
    }
}
