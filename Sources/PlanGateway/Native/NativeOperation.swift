/// What the native dialect can be asked.
enum NativeOperation: String, Hashable, Sendable, CaseIterable {
    case upsert, get, delete, update, search, scan, count, openapi
    /// Anything else, for the metrics.
    case other

    /// Path → method → what it asks.
    private static let routes: [String: [String: NativeOperation]] = [
        "/v1/records": ["PUT": .upsert, "PATCH": .update],
        "/v1/records/get": ["POST": .get],
        "/v1/records/delete": ["POST": .delete],
        "/v1/search": ["POST": .search],
        "/v1/scan": ["POST": .scan],
        "/v1/count": ["GET": .count],
        "/openapi.json": ["GET": .openapi],
    ]

    static func find(method: String, path: String) throws(GatewayError) -> NativeOperation {
        guard let methods = routes[path] else {
            throw GatewayError(
                404, .notFound, "'\(path.prefix(100))' is not here",
                hint: "see /openapi.json for what is")
        }
        guard let operation = methods[method == "HEAD" ? "GET" : method] else {
            let allowed = methods.keys.sorted().joined(separator: ", ")
            var error = GatewayError(
                405, .methodNotAllowed, "'\(path)' takes \(allowed)", hint: "see /openapi.json")
            error.allow = allowed
            throw error
        }
        return operation
    }
}
