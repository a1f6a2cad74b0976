import Foundation
import Testing

extension BlackBox {
    /// What a fuzzer began from and what it found, read again by the same code; see `make fuzz`.
    @Suite struct FuzzCorpusTests {
        @Test(arguments: ["plan", "dialect", "run", "json"])
        func `every kept input is read without harm`(target: String) async throws {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent()
            let folder = root.appendingPathComponent("Fuzz/\(target)")
            let files = try FileManager.default.contentsOfDirectory(
                at: folder, includingPropertiesForKeys: nil)
            #expect(!files.isEmpty)
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let run = try Program("plan-fuzz", [target] + files.map(\.path).sorted(), in: sandbox)
            let result = try await run.finish(within: 30)
            #expect(result.code == 0, "\(result.output)\(result.errors)")
        }
    }
}
