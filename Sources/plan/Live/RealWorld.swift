import Foundation
import HTTPClient
import PlanCore
import PlanStores
import Processes

/// Programs, URLs, variables and files, for real.
final class RealWorld: ExternalWorld {
    private let http = HTTPClient()

    func run(
        _ arguments: [String], timeout: Duration
    ) async throws -> (code: Int32, output: String) {
        // Files, not pipes: a program that leaves a server behind would hold a pipe open for ever.
        let output = try Spool()
        let errors = try Spool()
        let child: ChildProcess
        do {
            child = try ChildProcess(
                arguments, output: .handle(output.file.fileDescriptor),
                errors: .handle(errors.file.fileDescriptor))
        } catch {
            throw Diagnostic(error.reason, hint: "see that the program is on the PATH")
        }
        return try await withTaskCancellationHandler {
            let watch = Task {
                guard (try? await Task.sleep(for: timeout)) != nil else { return false }
                RealWorld.end(child)
                return true
            }
            let code = await child.ended().code
            watch.cancel()
            try Task.checkCancellation()
            if await watch.value {
                throw Diagnostic("it took longer than \(timeout.seconds) s, and was ended")
            }
            // What it says for people, where it failed; what it answers, where it did not.
            return (code, code == 0 ? output.text : output.text + errors.text)
        } onCancel: {
            RealWorld.end(child)
        }
    }

    /// SIGTERM to it and all that it started; five seconds later SIGKILL, where it is still there.
    private static func end(_ child: ChildProcess) {
        child.signalGroup(SIGTERM)
        Task {
            try await Task.sleep(for: .seconds(5))
            child.signalGroup(SIGKILL)
        }
    }

    /// What a program printed, in a file that nobody else sees; up to 64 KiB of it are read.
    private final class Spool: Sendable {
        let file: FileHandle

        init() throws {
            let folder = FileManager.default.temporaryDirectory.path
            // mkstemp wants its six X's: it writes the name over them.
            var name = Array(
                (folder + "/crossfade-" + String(repeating: "X", count: 6)).utf8CString)
            let number = mkstemp(&name)
            guard number >= 0 else {
                throw Diagnostic(
                    "cannot write in '\(folder)': \(String(cString: strerror(errno)))",
                    hint: "set TMPDIR to a folder that takes files")
            }
            unlink(name)
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            file = FileHandle(fileDescriptor: number, closeOnDealloc: true)
        }

        var text: String {
            try? file.seek(toOffset: 0)
            let data = (try? file.read(upToCount: 64 << 10)) ?? Data()
            return String(decoding: data, as: UTF8.self)
        }
    }

    func call(
        method: String, url: String, body: String?, timeout: Duration
    ) async throws -> (status: Int, body: String) {
        var request = HTTPClientRequest(method, url)
        request.deadline = timeout
        if let body {
            request.body = Array(body.utf8)
            request.headers = [(name: "Content-Type", value: "application/json")]
        }
        let response = try await http.send(request)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    func signal(_ name: String, process: Int32) throws {
        let signals: [String: Int32] = [
            "HUP": SIGHUP, "INT": SIGINT, "TERM": SIGTERM, "USR1": SIGUSR1, "USR2": SIGUSR2,
        ]
        guard let number = signals[name], kill(process, number) == 0 else {
            throw Diagnostic(
                "cannot send SIG\(name) to process \(process)",
                hint: "see 'pid_file' and who may signal that process")
        }
    }

    func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name]
    }

    func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    func files(folder: String, collection: String) throws -> any VectorStore {
        FilesStore(
            configuration: FilesStoreConfiguration(folder: folder, collection: collection))
    }
}
