import HTTPServer
import JSON
import PlanCore

/// The admin address: health, readiness, metrics, status.
struct AdminFront: Sendable {
    /// At least one.
    let parts: [GatewayPart]
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
            for part in parts {
                guard let why = await part.telemetry.obstacle() else { continue }
                let named = parts.count > 1 ? "\(part.plan): \(why)" : why
                return HTTPResponse(status: 503, text: named + "\n")
            }
            return HTTPResponse(text: "ready\n")
        default: break
        }
        guard token.admits(request.headers) else {
            throw GatewayError(
                401, .unauthorized, "the token is missing or wrong",
                hint: "send 'Authorization: Bearer TOKEN'")
        }
        if request.path == "/status" {
            return HTTPResponse(text: await status(), type: "application/json")
        }
        var snapshots: [MetricsPage.Part] = []
        for part in parts {
            let labels = parts.count > 1 ? [(name: "plan", value: part.plan)] : []
            snapshots.append((labels, await part.telemetry.snapshot()))
        }
        return HTTPResponse(
            text: MetricsPage.render(
                snapshots, requests: metrics.totals, connections: connections()),
            type: "text/plain; version=0.0.4; charset=utf-8")
    }

    /// Of one plan its own; of several each under its name.
    private func status() async -> String {
        var pages: JSONObject = [:]
        for part in parts {
            let page = StatusPage.page(
                await part.telemetry.snapshot(), run: await part.telemetry.run(),
                isDraining: state.isDraining)
            if parts.count == 1 { return JSON.text(page) + "\n" }
            pages[part.plan] = page
        }
        return JSON.text(.object(["plans": .object(pages)])) + "\n"
    }
}
