import CMicrohttpd
import Glibc
import Synchronization

/// An HTTP/1.1 server: libmicrohttpd's threads read and write, the handler runs as a task that the
/// server owns and cancels when the client is gone, the deadline passed or the server stops.
///
/// It listens when `init` returns. Call `stop`; letting it go stops it too, without waiting.
package final class HTTPServer: Sendable {
    private let core: ServerCore
    private let running: Mutex<OpaquePointer?>
    private let watch: ServerWatchThread
    package let port: Int

    package init(
        configuration: HTTPServerConfiguration,
        handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) throws(HTTPServerError) {
        cm_raise_descriptor_limit()
        core = ServerCore(configuration: configuration, handler: handler)
        var message: UnsafePointer<CChar>?
        let listener = cm_listen(
            configuration.host, Int32(configuration.port), 4_096, &message)
        guard listener >= 0 else {
            let why = message.map { String(cString: $0) } ?? "unknown"
            throw HTTPServerError(
                message: "cannot listen on \(configuration.host):\(configuration.port): \(why)")
        }
        port = Int(cm_port(listener))
        guard let server = HTTPServer.start(core, listener, &message) else {
            close(listener)
            let why = message.map { String(cString: $0) } ?? "unknown"
            throw HTTPServerError(message: "the server does not start: \(why)")
        }
        running = Mutex(server)
        watch = ServerWatchThread(ServerWatch(core: core))
    }

    deinit {
        watch.stop()
        if let server = running.withLock({ $0.take() }) { HTTPServer.abandon(core, server) }
    }

    package var connectionCount: Int { core.connectionCount }

    /// For requests and waits from now on.
    package func apply(_ limits: HTTPServerLimits) { core.limits = limits }

    /// From now on each answer closes its connection, so that the clients' pools empty by
    /// themselves; new connections are still taken.
    package func beginDraining() { core.beginDraining() }

    /// Accepts no more, lets requests that are under way finish, each with `Connection: close`,
    /// and ends: after `limit` what is left is cancelled and told so. Returns true where all of
    /// them finished.
    @discardableResult
    package func stop(within limit: Duration = .seconds(20)) async -> Bool {
        guard let server = running.withLock({ $0.take() }) else { return true }
        core.beginDraining()
        cm_quiesce(server)
        // A task of its own: a caller that was cancelled is the very one that wants a drain.
        let isDrained = await Task { await self.settle(within: limit) }.value
        if !isDrained {
            core.end()
            _ = await Task { await self.settle(within: .milliseconds(500)) }.value
        }
        watch.stop()
        core.end()
        let core = core
        let handle = StopHandle(server: server, core: core)
        await withCheckedContinuation { continuation in
            handle.stop { continuation.resume() }
        }
        return isDrained
    }

    /// Until no connection is left; those that wait for a request are let go. At the limit: whether
    /// no request is under way.
    private func settle(within limit: Duration) async -> Bool {
        let end = ContinuousClock.now + limit
        while true {
            let now = ContinuousClock.now
            let connections = core.openConnections
            if connections.isEmpty { return true }
            var isBusy = false
            for connection in connections where !connection.letGo(now: now) { isBusy = true }
            guard now < end else { return !isBusy }
            do { try await Task.sleep(for: .milliseconds(5)) } catch { return false }
        }
    }

    private static func abandon(_ core: ServerCore, _ server: OpaquePointer) {
        core.beginDraining()
        cm_quiesce(server)
        core.end()
        StopHandle(server: server, core: core).stop {}
    }

    private static func start(
        _ core: ServerCore, _ listener: Int32, _ message: inout UnsafePointer<CChar>?
    ) -> OpaquePointer? {
        let configuration = core.configuration
        func run(
            _ certificate: UnsafePointer<CChar>?, _ key: UnsafePointer<CChar>?,
            _ authority: UnsafePointer<CChar>?, _ message: inout UnsafePointer<CChar>?
        ) -> OpaquePointer? {
            var settings = cm_configuration(
                listener: listener, workers: UInt32(max(2, configuration.threads)),
                connections: UInt32(configuration.limits.connections + 512),
                memory: configuration.limits.headers + (32 << 10),
                idle_seconds: 0,
                certificate: certificate, key: key, client_authority: authority)
            var callbacks = ServerCallbacks.table(context: core)
            return cm_start(&settings, &callbacks, &message)
        }
        guard let tls = configuration.tls else { return run(nil, nil, nil, &message) }
        return tls.certificate.withCString { certificate in
            tls.key.withCString { key in
                guard let authority = tls.clientAuthority else {
                    return run(certificate, key, nil, &message)
                }
                return authority.withCString { run(certificate, key, $0, &message) }
            }
        }
    }
}
