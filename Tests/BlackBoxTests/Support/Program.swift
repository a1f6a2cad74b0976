import Foundation
import Processes

/// One of the project's own binaries, or with a whole path another, run as a user would run it.
final class Program: Sendable {
    struct Result: Sendable {
        var code: Int32
        var output: String
        var errors: String
    }

    private let process: ChildProcess
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
        let path = isOurs ? Program.folder.appendingPathComponent(name).path : name
        var variables = ProcessInfo.processInfo.environment
        variables.merge(sandbox.variables) { $1 }
        variables["PATH"] = Program.folder.path + ":" + (variables["PATH"] ?? "")
        process = try ChildProcess(
            [path] + arguments, folder: sandbox.folder.path, variables: variables,
            output: .file(output.path), errors: .file(errors.path))
    }

    var pid: Int32 { process.pid }
    var isRunning: Bool { process.isRunning }

    func kill(_ signal: Int32) { process.signal(signal) }

    /// What it has printed so far.
    var said: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    /// What it has printed to standard error so far.
    var complaints: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// How much longer than on an idle machine of two cores a test waits before it gives up.
    static let patience = 5.0

    /// Waits for its end; kills it after `limit` seconds of an idle machine, so that a test never
    /// hangs.
    func finish(within limit: Double = 120) async throws -> Result {
        let end = Date().addingTimeInterval(limit * Program.patience)
        while process.isRunning {
            if Date() > end { kill(SIGKILL) }
            try await Task.sleep(for: .milliseconds(20))
        }
        return Result(
            code: process.wait().code,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}
