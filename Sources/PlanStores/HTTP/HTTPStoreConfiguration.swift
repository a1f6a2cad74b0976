import HTTPClient
import PlanCore

/// Where a store's HTTP server is, and how it is spoken to.
package struct HTTPStoreConfiguration: Hashable, Sendable {
    /// `http://host:port`, also `https://` and with a path before the API's own.
    package var url: Secret
    package var apiKey: Secret?
    /// How long one request may take, its repetitions included.
    package var deadline: Duration = .seconds(10)
    /// Connections, at most; further requests wait for one.
    package var poolSize = 16
    /// A file in PEM: who may sign the server's certificate; nil: the system's authorities.
    package var authorities: String?

    package init(url: Secret) { self.url = url }

    var client: HTTPClientConfiguration {
        var client = HTTPClientConfiguration()
        client.connectionsPerHost = poolSize
        client.idleConnections = poolSize
        client.connectDeadline = min(deadline, .seconds(5))
        client.tls.authorities = authorities
        return client
    }
}
