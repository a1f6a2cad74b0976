import CPostgres
import Glibc

/// One connection. Not `Sendable`: it belongs to one actor, whose executor may block.
///
/// Every call waits for the server on `poll`, so that a deadline and an interrupt reach it there.
/// After an error of kind `lost` or `timeout` the connection is closed and stays so.
package final class PostgresConnection {
    package struct Options: Hashable, Sendable {
        /// `postgresql://…` or `host=… dbname=…`. What it says wins over what follows.
        package var connection: String
        package var applicationName: String
        package var connectTimeout: Duration = .seconds(5)
        /// Run as the session begins, each in its turn.
        package var settings: [String] = []

        package init(connection: String, applicationName: String) {
            self.connection = connection
            self.applicationName = applicationName
        }
    }

    private(set) var handle: OpaquePointer?
    let interrupt: PostgresInterrupt
    /// When the call under way shall be over; nil waits for ever.
    package var deadline: ContinuousClock.Instant?
    var prepared: [String: String] = [:]
    var statements = 0
    /// True from the first byte sent until the server's last word on it.
    package internal(set) var isWaiting = false

    package init(
        _ options: Options, interrupt: PostgresInterrupt,
        deadline: ContinuousClock.Instant? = nil
    ) throws(PostgresError) {
        self.interrupt = interrupt
        let limit = ContinuousClock.now + options.connectTimeout
        self.deadline = min(deadline ?? limit, limit)
        try PostgresConnection.check(options.connection)
        try start(options)
        do throws(PostgresError) {
            PQsetnonblocking(handle, 1)
            PQsetNoticeProcessor(handle, { _, _ in }, nil)
            for setting in options.settings { try run(setting) }
        } catch {
            close()
            throw error.kind == .server
                ? error
                : PostgresError(.notConnected, error.message, code: error.code)
        }
        self.deadline = deadline
    }

    deinit { close() }

    package func close() {
        if let handle { PQfinish(handle) }
        handle = nil
        prepared = [:]
        isWaiting = false
    }

    package var isOpen: Bool { handle != nil && PQstatus(handle) == CONNECTION_OK }

    /// `180004` for 18.4.
    package var serverVersion: Int { handle.map { Int(PQserverVersion($0)) } ?? 0 }
    package var processID: Int32 { handle.map { PQbackendPID($0) } ?? 0 }

    package var isInTransaction: Bool {
        guard let handle else { return false }
        return PQtransactionStatus(handle) != PQTRANS_IDLE
    }

    /// Whether an idle connection still has its server. A farewell or an end of file lies there to
    /// be read before anything is sent; whatever else might, a new connection is the safe answer.
    package func isAlive() -> Bool {
        guard let handle, isOpen else { return false }
        var item = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        return poll(&item, 1, 0) == 0
    }

    /// libpq's own words on a bad URL repeat it, password and all.
    private static func check(_ text: String) throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        let parsed = PQconninfoParse(text, &message)
        if let message { PQfreemem(message) }
        guard let parsed else {
            throw PostgresError(
                .misuse,
                "the connection string cannot be read; write "
                    + "'postgresql://user@host:port/database' or 'host=… dbname=…'")
        }
        PQconninfoFree(parsed)
    }

    private func start(_ options: Options) throws(PostgresError) {
        let seconds = max(2, options.connectTimeout.components.seconds)
        // Keywords that come before `dbname` are only defaults for what it says itself.
        let words = [
            ("fallback_application_name", options.applicationName),
            ("connect_timeout", "\(seconds)"), ("keepalives", "1"), ("keepalives_idle", "10"),
            ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "5000"), ("dbname", options.connection),
            ("client_encoding", "UTF8"),
        ]
        let keys = words.map { strdup($0.0) }
        let values = words.map { strdup($0.1) }
        defer { for text in keys + values { free(text) } }
        let opened = (keys.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { keys in
            (values.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { values in
                PQconnectStartParams(keys.baseAddress, values.baseAddress, 1)
            }
        }
        guard let opened else { throw PostgresError(.notConnected, "out of memory") }
        handle = opened
        do throws(PostgresError) {
            try reach(opened)
        } catch {
            close()
            throw error
        }
    }

    private func reach(_ opened: OpaquePointer) throws(PostgresError) {
        var state = PGRES_POLLING_WRITING
        while true {
            if PQstatus(opened) == CONNECTION_BAD { state = PGRES_POLLING_FAILED }
            switch state {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: try wait(for: Int16(POLLIN), connecting: true)
            case PGRES_POLLING_WRITING: try wait(for: Int16(POLLOUT), connecting: true)
            default:
                let text = PQerrorMessage(opened).map { String(cString: $0) } ?? "no answer"
                throw PostgresError(
                    .notConnected, text.trimmed, code: PostgresConnection.code(inText: text))
            }
            state = PQconnectPoll(opened)
        }
    }

    /// libpq gives no SQLSTATE for a connection that was turned away; the server's words are known.
    private static func code(inText text: String) -> String {
        let known = [
            ("authentication failed", "28P01"), ("no pg_hba.conf entry", "28000"),
            ("no password supplied", "28P01"), ("too many clients", "53300"),
            ("too many connections", "53300"), ("remaining connection slots", "53300"),
            ("is starting up", "57P03"), ("is shutting down", "57P03"),
            ("is in recovery mode", "57P03"), ("not yet accepting connections", "57P03"),
            ("permission denied for database", "42501"),
        ]
        if let found = known.first(where: { text.contains($0.0) }) { return found.1 }
        if text.contains("role \""), text.contains("does not exist") { return "28000" }
        if text.contains("database \""), text.contains("does not exist") { return "3D000" }
        return ""
    }
}

extension String {
    /// Without the line end that libpq closes its messages with.
    var trimmed: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
