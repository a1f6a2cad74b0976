/// What all requests of one client share.
package struct HTTPClientConfiguration: Sendable {
    /// Connections to one host, at most; further requests wait for one.
    package var connectionsPerHost = 32
    /// Connections kept open while idle, over all hosts.
    package var idleConnections = 64
    /// How long an idle connection may be used again. Below the servers' own keep-alive, or a
    /// request is sent just as the server closes.
    package var idleMaximum: Duration = .seconds(20)
    package var connectDeadline: Duration = .seconds(5)
    /// Bytes of an answer's body, at most.
    package var responseLimit = 256 << 20
    /// Bytes of all answers that are under way, at most, but for what is left to small ones: up to
    /// as much again.
    package var answersInFlight = 512 << 20
    package var tls = TLS()
    package var version = Version.one
    /// Whether `http_proxy` and its kin are followed.
    package var usesEnvironmentProxy = false
    package var userAgent = "crossfade"

    package enum Version: Sendable {
        /// HTTP/1.1.
        case one
        /// HTTP/2: agreed on with TLS, else taken for granted. Trailers are among the answer's
        /// headers, at the end. Every request opens a connection and closes it after: libcurl 7.88
        /// fails the second on one ("Error in the HTTP2 framing layer"). So for few, large ones.
        case two
    }

    /// Files in PEM.
    package struct TLS: Hashable, Sendable {
        /// Who may sign the server's certificate; nil: the system's authorities.
        package var authorities: String?
        package var certificate: String?
        package var key: String?
        package var verifiesServer = true

        package init() {}
    }

    package init() {}
}
