import Foundation
import Glibc

/// A program that is measured from outside, with all its children.
final class CostProcess: @unchecked Sendable {
    private let process = Process()
    let name: String
    private let log: String

    init(_ program: String, _ arguments: [String], in folder: String, log: String) throws {
        name = log
        self.log = "\(folder)/\(log).log"
        _ = FileManager.default.createFile(atPath: self.log, contents: nil)
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: self.log))
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    var isRunning: Bool { process.isRunning }
    var said: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        let last = Date().addingTimeInterval(30)
        while process.isRunning, Date() < last { usleep(20_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Processor time of it and of its children, all threads, in seconds; as the scheduler counts
    /// it, in nanoseconds.
    var processorSeconds: Double {
        let pid = process.processIdentifier
        return ([pid] + CostProcess.children(of: pid)).reduce(0) {
            $0 + CostProcess.processorSeconds(of: $1)
        }
    }

    private static func children(of pid: Int32) -> [Int32] {
        let text = try? String(
            contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return (text ?? "").split(separator: " ").compactMap { Int32($0) }
    }

    private static func processorSeconds(of pid: Int32) -> Double {
        let folder = "/proc/\(pid)/task"
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return tasks.reduce(0) { sum, task in
            let text = try? String(contentsOfFile: "\(folder)/\(task)/schedstat", encoding: .utf8)
            let spent = text?.split(separator: " ").first.flatMap { Double($0) } ?? 0
            return sum + spent * 1e-9
        }
    }
}
