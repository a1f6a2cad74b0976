import Foundation
import Glibc
import Postgres
import Synchronization

/// A real PostgreSQL with pgvector on loopback, in a folder of its own.
///
/// `shared` is one per test process, made when it is first asked for. The server ends with the
/// process, however that ends: the script that starts it watches.
package final class PostgresServer: Sendable {
    private struct State {
        var pid: pid_t = 0
        var databases = 0
    }

    package let port: UInt16
    private let folder: String
    private let state = Mutex(State())

    private static let one = Mutex<PostgresServer?>(nil)

    /// Blocks while the server is installed and started, on the first call only.
    package static func shared() throws -> PostgresServer {
        try one.withLock { server in
            if let server { return server }
            let started = try PostgresServer()
            server = started
            atexit { PostgresServer.one.withLock { $0?.remove() } }
            return started
        }
    }

    package init() throws {
        port = try PostgresServer.freePort()
        var template = Array("/tmp/crossfade-pg-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw ServerFailure("no folder could be made in /tmp")
        }
        folder = String(cString: made)
        try PostgresServer.script(["install"])
        try start()
    }

    deinit { remove() }

    package var pid: pid_t { state.withLock { $0.pid } }

    package func url(database: String, user: String = "postgres") -> String {
        "postgresql://\(user)@127.0.0.1:\(port)/\(database)"
    }

    package func start() throws {
        let text = try PostgresServer.script(["start", folder, "\(port)"])
        guard let pid = pid_t(text) else { throw ServerFailure("the server gave no pid: \(text)") }
        state.withLock { $0.pid = pid }
    }

    /// Ends connections, writes everything down.
    package func stop() throws {
        let pid = self.pid
        kill(pid, SIGINT)
        try waitForEnd(pid)
    }

    /// As a power cut would: nothing is written down.
    package func crash() throws {
        let pid = self.pid
        kill(pid, SIGQUIT)
        try waitForEnd(pid)
    }

    package func restart() throws {
        try stop()
        try start()
    }

    private func waitForEnd(_ pid: pid_t) throws {
        for _ in 0..<400 {
            if !PostgresServer.isAlive(pid) { return }
            usleep(25_000)
        }
        kill(pid, SIGKILL)
    }

    /// Stops the server and removes its folder.
    package func remove() {
        try? stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A database of the test's own; its URL.
    package func makeDatabase() throws -> String {
        let number = state.withLock { state in
            state.databases += 1
            return state.databases
        }
        let name = "test_\(number)"
        try connect("postgres").run("CREATE DATABASE \(name)")
        return url(database: name)
    }

    package func connect(_ database: String) throws -> PostgresConnection {
        try PostgresServer.connect(url(database: database))
    }

    /// A connection besides those of the store under test.
    package static func connect(_ url: String) throws -> PostgresConnection {
        try PostgresConnection(
            PostgresConnection.Options(connection: url, applicationName: "crossfade-test"),
            interrupt: PostgresInterrupt())
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard code else { throw ServerFailure("no free port was found") }
        return UInt16(bigEndian: address.sin_port)
    }

    @discardableResult
    private static func script(_ arguments: [String]) throws -> String {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("servers").path
        let (child, end) = try spawning.withLock { _ in try spawn(script, arguments) }
        defer { close(end) }
        let output = FileHandle(fileDescriptor: end, closeOnDealloc: false)
        let data = output.readDataToEndOfFile()
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else {
            throw ServerFailure("'servers \(arguments[0])' failed; see what it said above")
        }
        return String(decoding: data, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A script started between another's pipe and its closing would hold that open.
    private static let spawning = Mutex(())

    /// The child, and the end to read its output from.
    private static func spawn(
        _ script: String, _ arguments: [String]
    ) throws -> (pid_t, Int32) {
        // Foundation's Process would wait for the server, too: it inherits what is waited on.
        var ends: [Int32] = [0, 0]
        var child: pid_t = 0
        guard pipe(&ends) == 0 else { throw ServerFailure("no pipe could be made") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        let words = (["/bin/bash", script] + arguments).map { strdup($0) } + [nil]
        let variables =
            ProcessInfo.processInfo.environment
            .merging(["WATCH_PID": "\(getpid())"]) { $1 }
            .map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        let code = posix_spawn(&child, "/bin/bash", &actions, nil, words, variables)
        close(ends[1])
        guard code == 0 else { throw ServerFailure("bash could not be started: \(code)") }
        return (child, ends[0])
    }

    /// A process that ended but that nobody waited for counts as ended.
    private static func isAlive(_ pid: pid_t) -> Bool {
        guard kill(pid, 0) == 0,
            let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        else { return false }
        return !status.contains("State:\tZ")
    }
}

package struct ServerFailure: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
