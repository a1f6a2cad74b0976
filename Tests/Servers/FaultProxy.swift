import Foundation
import Glibc
import Synchronization

/// Stands between a client and a real server on loopback, passes on what both say, and breaks the
/// exchanges it is told to. It counts what the client tried, so that a test can tell a request that
/// was sent twice.
package final class FaultProxy: Sendable {
    package enum Fault: Hashable, Sendable {
        /// The request comes in whole, nothing of it reaches the server, the connection is reset.
        case resetBefore
        /// The server obeys and answers; the answer is swallowed, the connection is reset.
        case resetAfter
        /// This is the answer, byte by byte; the server hears nothing.
        case answer(String)
        /// HTTP: the server obeys at once; its answer comes so much later.
        case late(milliseconds: Int)
        /// HTTP: the server obeys; the head and half of the body come, the rest never does.
        case stall
        /// HTTP: the server obeys; half of the body comes, as if it were all.
        case truncate
        /// HTTP: the server obeys; what comes is no answer, and the end of the connection.
        case garbage
        /// HTTP: the server hears nothing; an answer of a gigabyte comes, as long as it is taken.
        case flood
    }

    package enum Speech: Hashable, Sendable { case http, postgres }

    /// What a client sent: an HTTP request, or a few of PostgreSQL's messages.
    package struct Request: Sendable {
        package let bytes: [UInt8]

        /// `PUT /collections/products/points?wait=true HTTP/1.1`
        package var line: String {
            String(decoding: bytes.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        }

        /// The text of PostgreSQL's Query: after its letter and its length.
        package var statement: String { String(decoding: bytes.dropFirst(5), as: UTF8.self) }

        init(_ bytes: [UInt8]) { self.bytes = bytes }
    }

    private struct State {
        var fault: Fault?
        var left = 0
        var met = 0
        var matches: @Sendable (Request) -> Bool = { _ in false }
        var open: Set<Int32> = []
        var isStopped = false
    }

    package let port: UInt16
    private let server: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    package var url: String { "http://127.0.0.1:\(port)" }

    /// - Parameter server: the port of the real one.
    package init(server: UInt16, speaking speech: Speech) throws {
        self.server = server
        guard let (listener, port) = Loopback.listen() else {
            throw ServerFailure("no port could be listened on")
        }
        self.listener = listener
        self.port = port
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { break }
                Thread.detachNewThread { [self] in serve(client, speech) }
            }
            close(listener)
        }
    }

    /// Breaks the next `times` exchanges whose request matches, and counts from zero.
    package func arm(
        _ fault: Fault, times: Int = .max, on matches: @escaping @Sendable (Request) -> Bool
    ) {
        state.withLock {
            $0.fault = fault
            $0.left = times
            $0.met = 0
            $0.matches = matches
        }
    }

    package func disarm() { state.withLock { $0.fault = nil } }

    /// Requests since `arm` that matched, broken or not.
    package var met: Int { state.withLock { $0.met } }

    /// Ends every connection. Their threads close them: closed here, a number might be another's
    /// by the time its thread uses it again.
    package func stop() {
        state.withLock { state in
            state.isStopped = true
            for fd in state.open { shutdown(fd, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    func take(_ request: Request) -> Fault? {
        state.withLock { state in
            guard state.matches(request) else { return nil }
            state.met += 1
            guard state.left > 0 else { return nil }
            state.left -= 1
            return state.fault
        }
    }

    private func serve(_ client: Int32, _ speech: Speech) {
        guard hold(client) else { return }
        switch speech {
        case .http: HTTPFaults(proxy: self).serve(client)
        case .postgres: PostgresFaults(proxy: self).serve(client)
        }
        drop(client)
    }

    /// A connection of its own to the real server; nil where there is none.
    func connectToServer() -> Int32? {
        guard let fd = Loopback.connect(server) else { return nil }
        return hold(fd) ? fd : nil
    }

    private func hold(_ fd: Int32) -> Bool {
        let isHeld = state.withLock { state in
            if !state.isStopped { state.open.insert(fd) }
            return !state.isStopped
        }
        if !isHeld { close(fd) }
        return isHeld
    }

    func drop(_ fd: Int32) {
        let isOurs = state.withLock { $0.open.remove(fd) != nil }
        if isOurs { close(fd) }
    }

    /// The other end finds the connection reset as soon as its thread drops it. Were it closed here
    /// already, its number might be the next connection's by then, and that one would be closed.
    func reset(_ fd: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}
