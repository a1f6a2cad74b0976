/// What applications ask that read and write the stores by themselves.
enum DirectOperation: String, Hashable, Sendable, CaseIterable {
    case route, reads, begin, end, observe

    private static let paths: [String: (method: String, operation: DirectOperation)] = [
        "/v1/route": ("GET", .route),
        "/v1/reads": ("POST", .reads),
        "/v1/writes/begin": ("POST", .begin),
        "/v1/writes/end": ("POST", .end),
        "/v1/observations": ("POST", .observe),
    ]

    /// nil where the path is the dialect's.
    static func find(method: String, path: String) throws(GatewayError) -> DirectOperation? {
        guard let (expected, operation) = paths[path] else { return nil }
        guard expected == (method == "HEAD" ? "GET" : method) else {
            var error = GatewayError(405, .methodNotAllowed, "'\(path)' takes \(expected)")
            error.allow = expected
            throw error
        }
        return operation
    }
}
