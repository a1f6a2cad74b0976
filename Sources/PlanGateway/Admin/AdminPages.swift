import HTTPServer
import PlanCore
import PlanSync

/// What a gateway tells those who look after it.
struct AdminPages: Sendable {
    let plane: DataPlane
    let status: @Sendable () async -> String

    /// Probes need no token.
    func health(_ request: HTTPRequest) async -> HTTPResponse? {
        switch request.path {
        case "/healthz": return HTTPResponse(text: "ok\n")
        case "/readyz":
            do {
                _ = try await plane.source.describe()
                return HTTPResponse(text: "ready\n")
            } catch {
                return HTTPResponse(status: 503, text: "the source does not answer\n")
            }
        default: return nil
        }
    }

    func answer(_ request: HTTPRequest) async -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else {
            return GatewayServer.response(
                GatewayFault(405, "method_not_allowed", "only GET is answered here"))
        }
        switch request.path {
        case "/metrics":
            let (backlog, oldest) = await backlog()
            return HTTPResponse(
                text: MetricsText.render(plane, backlog: backlog, oldest: oldest),
                type: "text/plain; version=0.0.4; charset=utf-8")
        case "/status":
            return HTTPResponse(text: await status(), type: "application/json")
        default:
            return GatewayServer.response(
                GatewayFault(
                    404, "not_found", "there is no '\(request.path.prefix(100))'",
                    hint: "one of /healthz, /readyz, /metrics, /status"))
        }
    }

    private func backlog() async -> (Int?, Double?) {
        guard let session = plane.session else { return (nil, nil) }
        let found = try? await session.ledger.read { rows in
            (try rows.dirtyCount(), try rows.oldestDirty()?.since)
        }
        guard let (count, since) = found else { return (nil, nil) }
        return (count, since.map { max(0, session.time.unixTime - $0) } ?? 0)
    }
}
