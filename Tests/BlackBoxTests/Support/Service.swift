import Foundation

extension Sandbox {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let servers = tests.appendingPathComponent("Servers/servers").path

    static func support(_ name: String) -> String {
        tests.appendingPathComponent("BlackBoxTests/Support/\(name)").path
    }

    /// Fetched the first time, with all that it needs.
    func install(client: String) async throws {
        let installed = try await run(
            "/bin/bash", Sandbox.servers, "install", client, within: 1_200)
        guard installed.code == 0 else { throw Trouble(installed.errors) }
    }

    private static let script: String = {
        let support = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return support.appendingPathComponent("service.py").path
    }()

    /// An application that asks what its configuration names; ready when its PID file is there.
    func startApplication(_ name: String, config: String, port: Int) async throws -> Program {
        let program = try start(
            "/usr/bin/env", "python3", Sandbox.script, "app", config, "\(name).pid",
            "\(name).log", String(port))
        try await wait(for: "\(name).pid", program)
        return program
    }

    /// A server that writes every call to `NAME.log` and answers as `NAME.answer` says.
    func startListener(_ name: String, port: Int, answer: String) async throws -> Program {
        try write(answer, to: "\(name).answer")
        let program = try start(
            "/usr/bin/env", "python3", Sandbox.script, "hook", "\(name).log", String(port),
            "\(name).answer")
        for _ in 0..<1_000 where Sandbox.isFree(port) {
            try await Task.sleep(for: .milliseconds(50))
        }
        return program
    }

    func lines(_ name: String) -> [String] {
        let text = (try? String(contentsOfFile: path(name), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    func wait(for name: String, _ program: Program) async throws {
        for _ in 0..<1_000 {
            if !lines(name).isEmpty { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        let result = try await program.finish(within: 0)
        throw Trouble("'\(name)' does not come: \(result.errors)")
    }
}
