import CMicrohttpd
import Synchronization

/// One client's connection.
///
///     waiting ──first line──▶ heading ──headers──▶ receiving ──body──▶ handling ─▶ answering
///        ▲                                                                              │
///        └──────────────────────────────────────────────────────────────────────────────┘
///
/// The server's threads move it on, one call at a time; the watch and the handler's task look in
/// from others, through the mutex.
final class ServerConnection: @unchecked Sendable {
    enum Phase: Hashable {
        case waiting, heading, receiving, handling, answering
    }

    struct State {
        var phase = Phase.waiting
        var since: ContinuousClock.Instant
        /// Bytes moved in this phase.
        var bytes = 0
        var isOpen = true
        var isSuspended = false
        var answer: HTTPResponse?
        var task: Task<Void, Never>?
        /// When the watch saw that the client sends no more in this phase, and with how many bytes.
        var ended: (at: ContinuousClock.Instant, bytes: Int)?
        /// When the watch last asked the system about it.
        var asked: ContinuousClock.Instant?
        /// Which request of this connection it is at: a late answer to an earlier one is dropped.
        var request = 0
    }

    let handle: OpaquePointer
    let socket: Int32
    let state: Mutex<State>
    // On the connection's own thread alone.
    var target = ""
    var head: HTTPRequest?
    var body: [UInt8] = []
    var received = 0
    var reserved = 0
    /// Bytes of the answer that the client is taking.
    var untaken = 0
    var refusal: HTTPRefusal?
    /// It came past the cap, and there has been no room for it since.
    var isPastCap = false

    /// After an answer the next request may be on its way; a stop waits so long for it.
    private static let pause: Duration = .milliseconds(100)

    init(handle: OpaquePointer, socket: Int32) {
        self.handle = handle
        self.socket = socket
        state = Mutex(State(since: .now))
    }

    func enter(_ phase: Phase) {
        state.withLock { state in
            state.phase = phase
            state.since = .now
            state.bytes = 0
            state.ended = nil
            if phase == .heading {
                state.request += 1
                state.answer = nil
            }
        }
    }

    /// Gives the handler's answer, or the watch's; the first one counts. Any thread.
    func answer(_ response: HTTPResponse, to request: Int) {
        let (isFirst, task) = state.withLock { state -> (Bool, Task<Void, Never>?) in
            guard state.request == request, state.phase == .handling, state.answer == nil,
                state.isSuspended
            else { return (false, nil) }
            state.answer = response
            state.isSuspended = false
            defer { state.task = nil }
            return (true, state.task)
        }
        guard isFirst else { return }
        // Only the first comes here, and until it has, the connection stays suspended and open.
        cm_resume(handle)
        task?.cancel()
    }

    /// For libmicrohttpd, which holds a copy of its own for as long as the client takes.
    func takeAnswer() -> HTTPResponse? { state.withLock { $0.answer.take() } }

    func forgetRequest() {
        head = nil
        body = []
        received = 0
        refusal = nil
        let task = state.withLock { state in
            defer { state.task = nil }
            state.answer = nil
            return state.task
        }
        task?.cancel()
    }

    /// Whether the client has gone in the middle of a request, or after its last one, a second ago
    /// or more. libmicrohttpd reads no further where the end came together with the last bytes:
    /// with an edge of epoll's for both, it takes a short read for all there is.
    ///
    /// Asked of the system once a second: there may be ten thousand of them.
    func hasEnded(now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            if let asked = state.asked, asked.duration(to: now) < .seconds(1) { return false }
            state.asked = now
            guard state.isOpen,
                state.phase == .waiting || state.phase == .heading
                    || state.phase == .receiving, cm_has_ended(socket) != 0
            else {
                state.ended = nil
                return false
            }
            guard let seen = state.ended, seen.bytes == state.bytes else {
                state.ended = (now, state.bytes)
                return false
            }
            return seen.at.duration(to: now) >= .seconds(1)
        }
    }

    /// While the server stops: takes no further request where none has come for a while, and what
    /// comes in that very moment is still answered. False where a request is under way or lies
    /// unread. Any thread.
    func letGo(now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard state.isOpen else { return true }
            guard state.phase == .waiting, cm_has_unread(socket) == 0 else { return false }
            if state.since.duration(to: now) > ServerConnection.pause { cm_end_input(socket) }
            return true
        }
    }

    /// Any thread; harmless once the socket is closed.
    func hangUp() {
        state.withLock { if $0.isOpen { cm_hang_up(socket) } }
    }
}
