/// Where a server listens and what it takes.
package struct HTTPServerConfiguration: Sendable {
    package var host: String
    /// 0: the system chooses.
    package var port: Int
    package var tls: TLS?
    package var threads = 2
    package var limits = HTTPServerLimits()
    /// Looks at a request's head before any of its body is read; an answer ends it there. Runs on
    /// the server's own threads: it must be quick.
    package var screen: @Sendable (HTTPRequest) -> HTTPResponse? = { _ in nil }
    /// Makes the body of an answer that the server gives by itself, by status, code and message.
    package var errorBody: @Sendable (HTTPRefusal) -> HTTPResponse = { refusal in
        HTTPResponse(status: refusal.status, text: refusal.message + "\n")
    }

    /// PEM texts.
    package struct TLS: Sendable {
        package var certificate: String
        package var key: String
        /// Where it is set, a client must show a certificate that this one signed.
        package var clientAuthority: String?

        package init(certificate: String, key: String, clientAuthority: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.clientAuthority = clientAuthority
        }
    }

    package init(host: String = "127.0.0.1", port: Int = 0) {
        self.host = host
        self.port = port
    }
}

/// Why no server could be started.
package struct HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
    package var message: String
    package var description: String { message }
}
