import HTTPServer

/// One dialect in front of several collections of one server, each with a plan of its own.
///
/// What is about none of them is answered by the first, which passes it on to the server.
struct SharedDialect: GatewayDialect {
    /// At least one.
    let first: any CollectionDialect
    let others: [any CollectionDialect]

    func operation(_ request: HTTPRequest) throws(GatewayError) -> DialectOperation {
        try first.operation(request)
    }

    func response(to error: GatewayError) -> HTTPResponse { first.response(to: error) }

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        for dialect in [first] + others where try await dialect.isConcerned(by: request) {
            return try await dialect.answer(request)
        }
        var response = try await first.answer(request)
        for dialect in others { response = try await dialect.amend(response, to: request) }
        return response
    }
}

/// A dialect whose requests name the collection that they are about.
protocol CollectionDialect: GatewayDialect {
    /// Whether a request is about the collection that moves, or would change it.
    func isConcerned(by request: HTTPRequest) async throws -> Bool
    /// The answer to a request about the whole server, with what is to be said of the collection.
    func amend(_ response: HTTPResponse, to request: HTTPRequest) async throws -> HTTPResponse
}
