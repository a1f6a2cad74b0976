import Foundation

/// A store's real client, asking a server directly and the gateway the same.
struct ClientCalls {
    enum Client: String {
        case qdrant = "qdrant-client"
        case chroma = "chroma-client"

        var script: String { self == .qdrant ? "qdrant_calls.py" : "chroma_calls.py" }
    }

    let sandbox: Sandbox
    let client: Client
    /// The server that was never migrated.
    let direct: String
    var collection = "things"
    /// What else the client's script is told.
    var words: [String] = []

    /// Makes the collection in the server, and at `url` unless it is made there; fills both.
    func fill(_ url: String, isMade: Bool = false) async throws {
        try await sandbox.install(client: client.rawValue)
        let filled = try await run("fill", url, 1, isMade ? ["made"] : [])
        guard filled.code == 0 else { throw Sandbox.Trouble(filled.output + filled.errors) }
    }

    /// What it printed: calls and differences; zero is its code where there is none.
    func compare(_ phase: String, seed: Int) async throws -> Program.Result {
        try await run(phase, "http://127.0.0.1:\(sandbox.port)", seed, [])
    }

    private func run(
        _ phase: String, _ url: String, _ seed: Int, _ more: [String]
    ) async throws -> Program.Result {
        return try await sandbox.run(
            "/bin/bash",
            [
                Sandbox.servers, "python", client.rawValue, Sandbox.support(client.script), direct,
                url,
                collection, phase, "\(seed)",
            ] + words + more, within: 300)
    }
}
