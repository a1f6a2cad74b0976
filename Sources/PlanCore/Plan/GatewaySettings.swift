/// Where the application connects, and what the gateway lets through.
package struct GatewaySettings: Hashable, Sendable {
    package enum Dialect: String, Hashable, Sendable, CaseIterable {
        case native, qdrant, chroma
    }

    /// Files in PEM.
    package struct TLS: Hashable, Sendable {
        package var certificate: String
        package var key: String
        /// Where it is set, a client must show a certificate that this one signed.
        package var clientCA: String?

        package init(certificate: String, key: String, clientCA: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.clientCA = clientCA
        }
    }

    package var listen = HostPort(host: "127.0.0.1", port: 6333)
    package var speak = Dialect.native
    /// Health, status and metrics.
    package var admin = HostPort(host: "127.0.0.1", port: 9464)
    /// How many gateways must be there before anything is switched; at least 1.
    package var expect = 1
    package var token: SecretReference?
    package var adminToken: SecretReference?
    package var tls: TLS?
    package var allowPlaintext = false
    /// How long the follower's leg may delay a client while both stores acknowledge.
    package var followerAckMax: Duration = .seconds(1)
    package var limits = GatewayLimits()

    package init() {}
}
