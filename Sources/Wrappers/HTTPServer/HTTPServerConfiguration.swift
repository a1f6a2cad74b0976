/// Where a server listens and what it takes.
package struct HTTPServerConfiguration: Sendable {
    package var host: String
    /// 0: the system chooses.
    package var port: Int
    package var tls: TLS?
    package var threads = 2
    /// Open connections; past them a request is told to come back.
    package var connections = 16_384
    /// Bytes of request bodies held at once, over all connections.
    package var bytesInFlight = 512 << 20
    /// Bytes of one body.
    package var body = 32 << 20
    /// Bytes of one request's header fields.
    package var headers = 32 << 10
    /// From a request's first line to the end of its header block.
    package var headerDeadline: Duration = .seconds(10)
    /// For the body, and for the client to take the answer; a second is added for every
    /// `minimumRate` bytes.
    package var bodyDeadline: Duration = .seconds(30)
    package var minimumRate = 64 << 10
    /// For the handler; then its task is cancelled and the client gets 504.
    package var requestDeadline: Duration = .seconds(60)
    /// A connection without a request.
    package var idle: Duration = .seconds(60)
    package var retryAfter: Duration = .seconds(1)
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
