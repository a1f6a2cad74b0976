import CPostgres
import Glibc

extension PostgresConnection {
    /// Waits until the socket is ready for `events`.
    func wait(for events: Int16, connecting: Bool = false) throws(PostgresError) {
        guard let handle else { throw PostgresError(.lost, "the connection is closed") }
        while true {
            let milliseconds = try remaining(connecting)
            var items = [
                pollfd(fd: PQsocket(handle), events: events, revents: 0),
                pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&items, 2, milliseconds)
            if ready < 0, errno != EINTR {
                throw lost("waiting for the server failed: \(String(cString: strerror(errno)))")
            }
            if items[0].revents != 0 { return }
            if items[1].revents != 0, interrupt.isRaised {
                if connecting { throw PostgresError(.interrupted, "interrupted") }
                askToStop()
            }
        }
    }

    private func remaining(_ connecting: Bool) throws(PostgresError) -> Int32 {
        guard let deadline else { return -1 }
        let left = deadline - ContinuousClock.now
        if left > .zero {
            let (seconds, attoseconds) = left.components
            return Int32(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
        }
        if connecting { throw PostgresError(.notConnected, "no answer within the deadline") }
        cancelStatement()
        discardUnsent()
        close()
        throw PostgresError(.timeout, "no answer within the deadline; the connection was closed")
    }

    /// The server is asked once; its answer then ends the wait. One that does not answer a while
    /// after is given up.
    private func askToStop() {
        var count: UInt64 = 0
        _ = read(interrupt.descriptor, &count, 8)
        cancelStatement()
        let grace = ContinuousClock.now + .seconds(2)
        deadline = min(deadline ?? grace, grace)
    }

    /// Asks the server, on a connection of its own, to stop what this one does. Changes nothing
    /// where nothing runs.
    package func cancelStatement() {
        guard let handle, isWaiting, let cancel = PQgetCancel(handle) else { return }
        var text = [CChar](repeating: 0, count: 256)
        PQcancel(cancel, &text, 256)
        PQfreeCancel(cancel)
    }

    /// What the kernel still holds must not reach the server after its caller gave it up.
    private func discardUnsent() {
        guard let handle else { return }
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            PQsocket(handle), SOL_SOCKET, SO_LINGER, &option,
            socklen_t(MemoryLayout<linger>.size))
    }

    func lost(_ fallback: String) -> PostgresError {
        let text = handle.flatMap { PQerrorMessage($0) }.map { String(cString: $0).trimmed } ?? ""
        close()
        return PostgresError(.lost, text.isEmpty ? fallback : text)
    }

    /// Sends all that libpq holds back, reading meanwhile, or both sides could wait for each other.
    func flush() throws(PostgresError) {
        while true {
            guard let handle else { throw PostgresError(.lost, "the connection is closed") }
            switch PQflush(handle) {
            case 0: return
            case 1:
                try wait(for: Int16(POLLIN | POLLOUT))
                guard PQconsumeInput(handle) == 1 else { throw lost("the connection was lost") }
            default: throw lost("the connection was lost")
            }
        }
    }

    /// The next result of what was sent; nil at the end of a statement.
    func nextResult() throws(PostgresError) -> OpaquePointer? {
        guard let handle else { throw PostgresError(.lost, "the connection is closed") }
        while PQisBusy(handle) == 1 {
            try wait(for: Int16(POLLIN))
            guard PQconsumeInput(handle) == 1 else { throw lost("the connection was lost") }
        }
        return PQgetResult(handle)
    }

    /// The error that a result carries; nil where it is none.
    func failure(_ result: OpaquePointer) -> PostgresError? {
        let status = PQresultStatus(result)
        guard status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE else { return nil }
        func field(_ code: UnicodeScalar) -> String {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) } ?? ""
        }
        let code = field("C")
        let text = field("M")
        let whole = PQresultErrorMessage(result).map { String(cString: $0).trimmed } ?? ""
        // After FATAL the server hangs up, whether that was seen yet or not.
        if code.isEmpty || !isOpen || ["FATAL", "PANIC"].contains(field("V")) {
            close()
            return PostgresError(
                .lost, text.isEmpty ? whole : text, code: code, detail: field("D"),
                hint: field("H"))
        }
        if code == "57014", interrupt.isRaised {
            return PostgresError(.interrupted, text, code: code)
        }
        return PostgresError(
            .server, text, code: code, detail: field("D"), hint: field("H"))
    }
}
