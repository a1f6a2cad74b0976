import HTTPServer
import PlanCore

/// The admin address: health, readiness, metrics, status.
struct AdminFront: Sendable {
    let telemetry: any GatewayTelemetry
    let token: TokenCheck
    let metrics: RequestMetrics
    let state: GatewayState
    let connections: @Sendable () -> Int

    private static let paths = ["/healthz", "/metrics", "/readyz", "/status"]

    func answer(_ request: HTTPRequest) async -> HTTPResponse {
        do {
            return try await page(request)
        } catch {
            return GatewayError(error).response
        }
    }

    private func page(_ request: HTTPRequest) async throws -> HTTPResponse {
        try HostCheck.check(request, hasToken: !token.isOpen)
        guard AdminFront.paths.contains(request.path) else {
            throw GatewayError(
                404, .notFound, "'\(request.path.prefix(100))' is not here",
                hint: "one of " + AdminFront.paths.joined(separator: ", "))
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            var error = GatewayError(405, .methodNotAllowed, "'\(request.path)' takes GET")
            error.allow = "GET, HEAD"
            throw error
        }
        switch request.path {
        case "/healthz": return HTTPResponse(text: "ok\n")
        case "/readyz":
            if state.isDraining { return HTTPResponse(status: 503, text: "draining\n") }
            return await telemetry.isReady()
                ? HTTPResponse(text: "ready\n")
                : HTTPResponse(status: 503, text: "the source does not answer\n")
        default: break
        }
        guard token.admits(request.headers) else {
            throw GatewayError(
                401, .unauthorized, "the token is missing or wrong",
                hint: "send 'Authorization: Bearer TOKEN'")
        }
        let snapshot = await telemetry.snapshot()
        if request.path == "/status" {
            return HTTPResponse(
                text: StatusPage.render(
                    snapshot, run: await telemetry.run(), isDraining: state.isDraining),
                type: "application/json")
        }
        return HTTPResponse(
            text: MetricsPage.render(
                snapshot, requests: metrics.totals, connections: connections()),
            type: "text/plain; version=0.0.4; charset=utf-8")
    }
}
