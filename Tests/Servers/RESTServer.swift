import Foundation
import Glibc
import Synchronization

/// A real store that speaks HTTP, on loopback, in a folder of its own.
///
/// `shared` is one per store and test process, made when it is first asked for. The server ends
/// with the process, however that ends: the script that starts it watches. The one Milvus of a host
/// may be lent to several processes by whoever runs them: `MILVUS_TEST_PORT` says where it is.
package final class RESTServer: Sendable {
    package enum Store: String, Sendable {
        case chroma
        /// 2.3.5; there can be one on a host.
        case milvus
        /// The engine of Milvus 2.5 behind our shim, which speaks the REST of 2.4 and later.
        case milvusLite = "milvus-lite"
        /// Qdrant's engine behind our shim, not the Qdrant server.
        case qdrant
    }

    package let store: Store
    package let port: UInt16
    /// nil: the server is lent.
    private let folder: String?
    private let environment: [String: String]
    /// nil until it was started: 0 would be a signal to ourselves and all that we began.
    private let state = Mutex<pid_t?>(nil)
    private static let started = Mutex<[Store: RESTServer]>([:])

    package var url: String { "http://127.0.0.1:\(port)" }

    /// Blocks while the server is installed and started, on the first call only.
    package static func shared(_ store: Store) throws -> RESTServer {
        try started.withLock { servers in
            if let server = servers[store] { return server }
            let server = try lent(store) ?? RESTServer(store)
            servers[store] = server
            if servers.count == 1 {
                atexit { RESTServer.started.withLock { $0.values.forEach { $0.remove() } } }
            }
            return server
        }
    }

    private static func lent(_ store: Store) throws -> RESTServer? {
        let name = "MILVUS_TEST_PORT"
        guard store == .milvus, let text = ProcessInfo.processInfo.environment[name] else {
            return nil
        }
        guard let port = UInt16(text) else { throw ServerFailure("\(name) is no port: \(text)") }
        return RESTServer(lent: store, port: port)
    }

    /// Others use it, too: nothing here starts it or ends it.
    private init(lent store: Store, port: UInt16) {
        self.store = store
        self.port = port
        folder = nil
        environment = [:]
    }

    /// - Parameter environment: what is told to the server besides.
    package init(_ store: Store, environment: [String: String] = [:]) throws {
        self.store = store
        self.environment = environment
        port = try ServerScript.freePort()
        folder = try ServerScript.makeFolder()
        try ServerScript.run(["install", store.rawValue])
        try start()
    }

    deinit { remove() }

    package func start() throws {
        guard let folder else { throw ServerFailure("a server that is lent is not ours to start") }
        let pid = try ServerScript.start(store.rawValue, folder, port, environment)
        state.withLock { $0 = pid }
    }

    /// Milvus 2.3 makes collections with keys of ours over gRPC only.
    package func makeCollection(
        _ name: String, dimension: Int, textIDs: Bool, metric: String, fields: [String] = []
    ) throws {
        try ServerScript.run(
            ["collection", "\(port)", name, "\(dimension)", textIDs ? "text" : "int", metric]
                + fields)
    }

    private var pid: pid_t? {
        precondition(folder != nil, "a server that is lent is not ours to end, or to freeze")
        return state.withLock(\.self)
    }

    package func stop() { end(SIGTERM) }

    /// As a power cut would: nothing is written down.
    package func crash() { end(SIGKILL) }

    private func end(_ signal: Int32) {
        guard let pid else { return }
        kill(pid, signal)
        ServerScript.waitForEnd(pid)
    }

    /// Lets it answer nothing, as a server does that hangs.
    package func freeze() {
        guard let pid else { return }
        kill(pid, SIGSTOP)
        for _ in 0..<400 where !ServerScript.isStopped(pid) { usleep(25_000) }
    }

    package func thaw() {
        guard let pid else { return }
        kill(pid, SIGCONT)
    }

    /// Chroma ends gently only when its last connection does, up to a minute later, and a Milvus that
    /// was used sometimes not at all: what is thrown away need not be written down.
    package func remove() {
        guard let folder else { return }
        thaw()
        crash()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
