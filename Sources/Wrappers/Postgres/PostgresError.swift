/// What PostgreSQL, or the way to it, said.
package struct PostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        /// The server refused a statement: `code` says why. It was rolled back.
        case server
        /// No connection came about: nothing was sent.
        case notConnected
        /// The connection was lost. What had been sent may have been carried out.
        case lost
        /// The deadline passed; the connection is closed, what had been sent may be carried out.
        case timeout
        /// `PostgresInterrupt` was raised. The server was told, and said that it stopped.
        case interrupted
        /// A value or text that libpq cannot take.
        case misuse
    }

    package var kind: Kind
    /// SQLSTATE, five characters; empty where no server spoke.
    package var code: String
    package var message: String
    package var detail: String
    package var hint: String

    package init(
        _ kind: Kind, _ message: String, code: String = "", detail: String = "", hint: String = ""
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.detail = detail
        self.hint = hint
    }

    package var description: String { code.isEmpty ? message : "\(message) (sqlstate \(code))" }
}
