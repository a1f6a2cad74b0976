import HTTPServer

/// One API that applications speak.
protocol GatewayDialect: Sendable {
    /// What a request asks for; looks at its head alone. Throws for what is not here.
    func operation(_ request: HTTPRequest) throws(GatewayError) -> DialectOperation
    /// Carries it out. Throws `GatewayError`, or what a `RecordService` throws.
    func answer(_ request: HTTPRequest) async throws -> HTTPResponse
    /// An error in the dialect's own shape.
    func response(to error: GatewayError) -> HTTPResponse
}

struct DialectOperation: Hashable, Sendable {
    /// For the metrics; one of few.
    var name: String
    /// Whether it is answered without a token: probes, and what tells nothing.
    var isOpen = false

    static let other = DialectOperation(name: "other")
}
