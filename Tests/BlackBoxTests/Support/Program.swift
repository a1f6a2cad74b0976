import Foundation

/// One of the project's own binaries, or with a whole path another, run as a user would run it.
final class Program: @unchecked Sendable {
    struct Result: Sendable {
        var code: Int32
        var output: String
        var errors: String
    }

    private let process = Process()
    private let output: URL
    private let errors: URL

    /// The folder that this very test program was built into has the others too.
    static let folder: URL = {
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(fileURLWithPath: path ?? CommandLine.arguments[0]).deletingLastPathComponent()
    }()

    init(_ name: String, _ arguments: [String], in sandbox: Sandbox) throws {
        let tag = UUID().uuidString
        let isOurs = !name.hasPrefix("/")
        let base = isOurs ? name : "other"
        output = sandbox.folder.appendingPathComponent("\(base)-\(tag).out")
        errors = sandbox.folder.appendingPathComponent("\(base)-\(tag).err")
        for file in [output, errors] {
            _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        }
        process.executableURL =
            isOurs
            ? Program.folder.appendingPathComponent(name) : URL(fileURLWithPath: name)
        process.arguments = arguments
        process.currentDirectoryURL = sandbox.folder
        var variables = ProcessInfo.processInfo.environment
        variables.merge(sandbox.variables) { $1 }
        variables["PATH"] = Program.folder.path + ":" + (variables["PATH"] ?? "")
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        // Threads of the pool block nearly every signal, and what they start would, too.
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    func kill(_ signal: Int32) { _ = Foundation.kill(pid, signal) }

    /// What it has printed so far.
    var said: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    /// Waits for its end; kills it after `limit` seconds, so that a test never hangs.
    func finish(within limit: Double = 120) async throws -> Result {
        let end = Date().addingTimeInterval(limit)
        while process.isRunning {
            if Date() > end { kill(SIGKILL) }
            try await Task.sleep(for: .milliseconds(20))
        }
        return Result(
            code: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}
