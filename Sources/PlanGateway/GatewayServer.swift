import HTTPServer
import Hash
import JSON
import PlanCore
import PlanSync

/// The listeners of one gateway: the application's, and the administrator's.
package final class GatewayServer: Sendable {
    package struct Configuration: Sendable {
        package var settings: GatewaySettings
        package var token: Secret?
        package var adminToken: Secret?
        package var idKind: CollectionDescription.IDKind
        /// The run's status as JSON text, for `/status`.
        package var status: @Sendable () async -> String

        package init(
            settings: GatewaySettings, token: Secret?, adminToken: Secret?,
            idKind: CollectionDescription.IDKind, status: @escaping @Sendable () async -> String
        ) {
            self.settings = settings
            self.token = token
            self.adminToken = adminToken
            self.idKind = idKind
            self.status = status
        }
    }

    private let front: HTTPServer
    private let admin: HTTPServer
    private let drain: Duration

    /// Listens at once. Throws `HTTPServerError` where an address cannot be had.
    package init(_ configuration: Configuration, plane: DataPlane) throws {
        let settings = configuration.settings
        drain = settings.limits.drain
        let dialect = NativeDialect(
            plane: plane, decoding: NativeDecoding(idKind: configuration.idKind),
            limits: settings.limits)
        let token = configuration.token.map { SHA.sha256($0.reveal().utf8) }
        front = try HTTPServer(
            configuration: GatewayServer.http(settings, at: settings.listen)
        ) { request in
            await GatewayServer.guarded(request, token) { request in
                if request.path == "/openapi.json", request.method == "GET" {
                    return Array(OpenAPI.text.utf8)
                }
                return try await dialect.answer(request)
            }
        }
        let pages = AdminPages(plane: plane, status: configuration.status)
        let adminToken = configuration.adminToken.map { SHA.sha256($0.reveal().utf8) }
        admin = try HTTPServer(
            configuration: GatewayServer.http(settings, at: settings.admin)
        ) { request in
            if let page = await pages.health(request) { return page }
            guard GatewayServer.isAllowed(request, adminToken) else {
                return GatewayServer.response(GatewayServer.unauthorized)
            }
            return await pages.answer(request)
        }
    }

    package var port: Int { front.port }
    package var adminPort: Int { admin.port }

    /// Stops accepting, lets what is under way end, and closes.
    package func stop() async {
        _ = await front.stop(within: drain)
        _ = await admin.stop(within: .seconds(1))
    }

    private static func http(
        _ settings: GatewaySettings, at address: HostPort
    ) -> HTTPServerConfiguration {
        var http = HTTPServerConfiguration(host: address.host, port: address.port)
        http.connections = settings.limits.connections
        http.bytesInFlight = settings.limits.bytesInFlight
        http.body = settings.limits.body
        http.headerDeadline = settings.limits.headerDeadline
        http.bodyDeadline = settings.limits.bodyDeadline
        http.idle = settings.limits.idle
        http.tls = settings.tls.map {
            .init(certificate: $0.certificate, key: $0.key, clientAuthority: $0.clientCA)
        }
        return http
    }

    private static let unauthorized = GatewayFault(
        401, "unauthorized", "the token is missing or wrong",
        hint: "send 'Authorization: Bearer …' with the gateway's token")

    private static func guarded(
        _ request: HTTPRequest, _ token: [UInt8]?,
        _ body: (HTTPRequest) async throws -> [UInt8]
    ) async -> HTTPResponse {
        guard isAllowed(request, token) else { return response(unauthorized) }
        do {
            var response = HTTPResponse(status: 200, body: try await body(request))
            response.headers.add("Content-Type", "application/json")
            return response
        } catch {
            return response(GatewayFault(error))
        }
    }

    /// SHA-256 of both sides, compared in constant time.
    private static func isAllowed(_ request: HTTPRequest, _ token: [UInt8]?) -> Bool {
        guard let token else { return true }
        let header = request.headers["authorization"] ?? ""
        let prefix = "bearer "
        guard header.count > prefix.count, header.lowercased().hasPrefix(prefix) else {
            return false
        }
        return SHA.areEqual(SHA.sha256(header.dropFirst(prefix.count).utf8), token)
    }

    static func response(_ fault: GatewayFault) -> HTTPResponse {
        var response = HTTPResponse(status: fault.status, body: NativeEncoding.fault(fault))
        response.headers.add("Content-Type", "application/json")
        if let seconds = fault.retryAfter { response.headers.add("Retry-After", String(seconds)) }
        return response
    }
}
