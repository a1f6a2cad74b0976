import Foundation
import Glibc
import Processes

/// A program that is measured from outside, with all its children.
final class CostProcess: Sendable {
    private let process: ChildProcess
    let name: String
    private let log: String

    init(_ program: String, _ arguments: [String], in folder: String, log: String) throws {
        name = log
        self.log = "\(folder)/\(log).log"
        process = try ChildProcess(
            [program] + arguments, folder: folder, output: .file(self.log), errors: .asOutput)
    }

    var isRunning: Bool { process.isRunning }
    var said: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    func stop() {
        process.signal(SIGTERM)
        let last = Date().addingTimeInterval(30)
        while process.isRunning, Date() < last { usleep(20_000) }
        process.signal(SIGKILL)
        _ = process.wait()
    }

    /// Processor time of it and of its children, all threads, in seconds; as the scheduler counts
    /// it, in nanoseconds.
    var processorSeconds: Double {
        let pid = process.pid
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
