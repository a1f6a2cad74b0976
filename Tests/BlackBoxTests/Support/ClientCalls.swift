import Foundation

/// The real `qdrant-client`, asking an engine directly and the gateway the same.
struct QdrantCalls {
    let sandbox: Sandbox
    /// The engine that was never migrated.
    let direct: String
    let collection: String
    /// Of the calls: `alike` where both stores are Qdrant's.
    var word = ""

    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let servers = tests.appendingPathComponent("Servers/servers").path

    /// Makes the collection in the engine, and at `url` unless it is made there; fills both.
    func fill(_ url: String, isMade: Bool = false) async throws {
        // The first time it is fetched, with all that it needs.
        let installed = try await sandbox.run(
            "/bin/bash", QdrantCalls.servers, "install", "qdrant-client", within: 1_200)
        guard installed.code == 0 else { throw Sandbox.Trouble(installed.errors) }
        let filled = try await run("fill", url, 1, isMade ? "made" : "")
        guard filled.code == 0 else { throw Sandbox.Trouble(filled.output + filled.errors) }
    }

    /// What it printed: calls and differences; zero is its code where there is none.
    func compare(_ phase: String, seed: Int) async throws -> Program.Result {
        try await run(phase, "http://127.0.0.1:\(sandbox.port)", seed, word)
    }

    private func run(
        _ phase: String, _ url: String, _ seed: Int, _ word: String
    ) async throws -> Program.Result {
        try await sandbox.run(
            "/bin/bash", QdrantCalls.servers, "python", "qdrant-client",
            QdrantCalls.tests.appendingPathComponent("BlackBoxTests/Support/qdrant_calls.py").path,
            direct, url, collection, phase, "\(seed)", word, within: 300)
    }
}
