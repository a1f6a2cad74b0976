import HTTPServer

/// Beside any dialect: what applications ask that read and write the stores by themselves. Where
/// there are several plans a request names its own: `?plan=NAME`.
struct DirectFront: GatewayDialect {
    let base: any GatewayDialect
    /// At least one.
    let plans: [(name: String, dialect: DirectDialect)]

    func operation(_ request: HTTPRequest) throws(GatewayError) -> DialectOperation {
        let found = try DirectOperation.find(method: request.method, path: request.path)
        guard let found else { return try base.operation(request) }
        return DialectOperation(name: found.rawValue)
    }

    func response(to error: GatewayError) -> HTTPResponse { base.response(to: error) }

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let found = try DirectOperation.find(method: request.method, path: request.path)
        guard let found else { return try await base.answer(request) }
        do {
            return try await plan(of: request).answer(found, request)
        } catch {
            // Whatever dialect is spoken besides, this API has one shape.
            return GatewayError(error).response
        }
    }

    private func plan(of request: HTTPRequest) throws(GatewayError) -> DirectDialect {
        let asked = request.query.split(separator: "&").first { $0.hasPrefix("plan=") }
        guard let name = asked?.dropFirst("plan=".count) else {
            guard plans.count == 1 else {
                throw .invalid(
                    "there are several plans here", hint: "add '?plan=', one of \(names)")
            }
            return plans[0].dialect
        }
        guard let found = plans.first(where: { $0.name == name }) else {
            throw GatewayError(
                404, .notFound, "there is no plan '\(name.prefix(100))' here",
                hint: "one of \(names)")
        }
        return found.dialect
    }

    private var names: String { plans.map(\.name).joined(separator: ", ") }
}
