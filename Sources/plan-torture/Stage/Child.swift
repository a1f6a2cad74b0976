import Foundation
import Processes
import Synchronization

/// One of the project's own programs, run as a user would run it.
final class Child: Sendable {
    let program: String
    private let process: ChildProcess
    private let output: URL
    private let errors: URL
    private let began = Date()

    /// Everything that was started and must not outlive this program.
    private static let started = Mutex<[Child]>([])
    /// Nothing is started any more.
    private static let isOver = Atomic<Bool>(false)

    /// This very program was built into the folder that has the others too.
    static let folder: URL = {
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: path ?? CommandLine.arguments[0]).deletingLastPathComponent()
    }()

    init(
        _ program: String, _ arguments: [String], in folder: URL, log: String,
        variables: [String: String] = [:]
    ) throws {
        self.program = program
        output = folder.appendingPathComponent(log + ".out")
        errors = folder.appendingPathComponent(log + ".err")
        var all = ProcessInfo.processInfo.environment
        all.merge(variables) { $1 }
        all["PATH"] = Child.folder.path + ":" + (all["PATH"] ?? "")
        guard !Child.isOver.load(ordering: .relaxed) else { throw Trouble("interrupted") }
        process = try ChildProcess(
            [Child.folder.appendingPathComponent(program).path] + arguments, folder: folder.path,
            variables: all, output: .file(output.path), errors: .file(errors.path))
        Child.started.withLock { $0.append(self) }
    }

    var id: Int32 { process.pid }
    var isRunning: Bool { process.isRunning }
    var age: Double { -began.timeIntervalSinceNow }

    /// nil while it runs.
    var end: ChildProcess.End? { process.end }

    func signal(_ number: Int32) { process.signal(number) }

    var said: String { Child.text(output) }
    var complained: String { Child.text(errors) }

    private static func text(_ file: URL) -> String {
        String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
    }

    /// Waits for its end; nil where it had to be killed after `limit` seconds.
    func finish(within limit: Double) async throws -> ChildProcess.End? {
        let last = Date().addingTimeInterval(limit)
        while process.isRunning {
            if Date() > last {
                signal(SIGCONT)
                signal(SIGKILL)
                while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
                return nil
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        Child.started.withLock { started in started.removeAll { $0 === self } }
        return end
    }

    static func endAll() {
        isOver.store(true, ordering: .relaxed)
        for child in started.withLock({ $0 }) { child.signal(SIGKILL) }
        started.withLock { $0.removeAll() }
    }
}
