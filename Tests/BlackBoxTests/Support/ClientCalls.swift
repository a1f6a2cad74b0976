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

    /// Reads, while one write waits; `release` is called when every read was answered, and has
    /// to let that write go on.
    func compareHeld(
        seed: Int, release: () async throws -> Void
    ) async throws -> Program.Result {
        let program = try start("held", "http://127.0.0.1:\(sandbox.port)", seed, [])
        while program.isRunning, !program.said.contains("every read was answered") {
            try await Task.sleep(for: .milliseconds(20))
        }
        try await release()
        return try await program.finish(within: 300)
    }

    private func run(
        _ phase: String, _ url: String, _ seed: Int, _ more: [String]
    ) async throws -> Program.Result {
        try await start(phase, url, seed, more).finish(within: 300)
    }

    private func start(
        _ phase: String, _ url: String, _ seed: Int, _ more: [String]
    ) throws -> Program {
        let script = Sandbox.support(client.script)
        return try sandbox.start(
            "/bin/bash",
            [
                Sandbox.servers, "python", client.rawValue, script, direct, url, collection, phase,
                "\(seed)",
            ] + words + more)
    }
}
