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
    private let environment: [String: String]
    private let folder: String
    private let state = Mutex(State())

    private static let started = Mutex<[Int: PostgresServer]>([:])
    package static let newest = 18

    /// At the end of a program, which does it by itself where it ends with exit handlers.
    package static func removeShared() {
        started.withLock { $0.values.forEach { $0.remove() } }
    }

    /// Blocks while the server is installed and started, on the first call only.
    /// - Parameter major: its version, 16 or 18.
    package static func shared(major: Int = newest) throws -> PostgresServer {
        try started.withLock { servers in
            if let server = servers[major] { return server }
            let server = try PostgresServer(major: major)
            servers[major] = server
            if servers.count == 1 {
                atexit { PostgresServer.removeShared() }
            }
            return server
        }
    }

    package init(major: Int = newest) throws {
        environment = ["PGMAJOR": "\(major)"]
        port = try ServerScript.freePort()
        folder = try ServerScript.makeFolder()
        try ServerScript.run(["install", "pgvector"], environment)
        try start()
    }

    deinit { remove() }

    package var pid: pid_t { state.withLock { $0.pid } }

    package func url(database: String, user: String = "postgres") -> String {
        "postgresql://\(user)@127.0.0.1:\(port)/\(database)"
    }

    package func start() throws {
        let pid = try ServerScript.start("pgvector", folder, port, environment)
        state.withLock { $0.pid = pid }
    }

    /// Ends connections, writes everything down.
    package func stop() throws {
        let pid = self.pid
        // 0, before it was started, is ourselves and all that we began.
        guard pid > 0 else { return }
        kill(pid, SIGINT)
        ServerScript.waitForEnd(pid)
    }

    /// As a power cut would: nothing is written down.
    package func crash() throws {
        let pid = self.pid
        guard pid > 0 else { return }
        kill(pid, SIGQUIT)
        ServerScript.waitForEnd(pid)
    }

    package func restart() throws {
        try stop()
        try start()
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
}
