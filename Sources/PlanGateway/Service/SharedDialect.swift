import HTTPServer
import PlanCore
import PlanSync

/// One dialect in front of several collections of one server, each with a plan of its own.
///
/// What is about none of them is answered by one alone, which passes it on to the server.
struct SharedDialect: GatewayDialect {
    /// At least one.
    private let first: any CollectionDialect
    private let others: [any CollectionDialect]

    init(first: any CollectionDialect, others: [any CollectionDialect]) {
        let plans = ([first] + others).map { $0.relay.service }
        let silence = first.relay.silence
        func joined(_ dialect: any CollectionDialect) -> any CollectionDialect {
            var dialect = dialect
            dialect.relay.plans = plans
            dialect.relay.silence = silence
            return dialect
        }
        self.first = joined(first)
        self.others = others.map(joined)
    }

    func operation(_ request: HTTPRequest) throws(GatewayError) -> DialectOperation {
        try first.operation(request)
    }

    func response(to error: GatewayError) -> HTTPResponse { first.response(to: error) }

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let all = [first] + others
        if let dialect = try await SharedDialect.concerned(all, by: request) {
            return try await dialect.answer(request)
        }
        // One whose collection has moved has something to say without the server, too.
        let speaker = all.firstIndex { $0.relay.forwarding.leader == .target } ?? 0
        var response = try await all[speaker].answer(request)
        for (index, dialect) in all.enumerated() where index != speaker {
            do {
                response = try await dialect.amend(response, to: request)
            } catch is StoreError {
                // Of a collection that nobody can look at there is nothing to add.
            }
        }
        return response
    }

    /// What is known is looked through first, of every plan, before one of them asks the server.
    private static func concerned(
        _ all: [any CollectionDialect], by request: HTTPRequest
    ) async throws -> (any CollectionDialect)? {
        for dialect in all where try dialect.isNamed(by: request) { return dialect }
        var failure: StoreError?
        for dialect in all {
            do {
                if try await dialect.isConcerned(by: request) { return dialect }
            } catch let error as StoreError {
                failure = failure ?? error
            }
        }
        // It may be about the collection of the one that could not look: a write would pass unseen.
        if let failure { throw failure }
        return nil
    }
}

/// A dialect whose requests name the collection that they are about.
protocol CollectionDialect: GatewayDialect {
    var relay: Relay { get set }
    /// Whether a request is known, without asking anyone, to be about the collection that moves.
    func isNamed(by request: HTTPRequest) throws -> Bool
    /// Whether a request is about the collection that moves, or would change it.
    func isConcerned(by request: HTTPRequest) async throws -> Bool
    /// The answer to a request about the whole server, with what is to be said of the collection.
    func amend(_ response: HTTPResponse, to request: HTTPRequest) async throws -> HTTPResponse
}
