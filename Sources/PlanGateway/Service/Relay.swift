import HTTPServer
import PlanCore
import PlanSync

/// What a server of the dialect's own kind answers by itself, in its own bytes.
struct Relay: Sendable {
    let service: any RecordService
    /// Whose API it is: `qdrant`, …
    let kind: String
    /// How many parts of a request's path say which collection it is: that is the store's affair.
    let collectionParts: Int
    let time: any TimeSource
    /// Of every plan behind the listener: collections of one server.
    var plans: [any RecordService]
    var silence = SourceSilence()

    init(
        service: any RecordService, kind: String, collectionParts: Int, time: any TimeSource
    ) {
        self.service = service
        self.kind = kind
        self.collectionParts = collectionParts
        self.time = time
        plans = [service]
    }

    /// A read that was answered as it came, or what must be translated of it.
    enum Reading<Value> {
        case answered(HTTPResponse)
        case parsed(Value)
    }

    /// Where a read goes that has been looked at, and what its answer means to the mirror.
    struct Way {
        var place = ReadPlace.authority
        var mirrored: @Sendable (ForwardedAnswer) -> [MirroredRead] = { _ in [] }

        /// Where these may be read.
        static func keys(_ ids: [RecordID]) -> Way {
            Way(place: .keys(ids)) { _ in [.get(keys: ids, answer: [])] }
        }
    }

    var forwarding: Forwarding { service.forwarding(kind) }

    /// Lets the side that a read belongs to answer it, where it can. The body is only parsed where
    /// the route asks for it, and once.
    func read<Value>(
        _ request: HTTPRequest, _ operation: StoreOperation,
        parse: () throws(GatewayError) -> Value, way: (Value) -> Way = { _ in Way() }
    ) async throws -> Reading<Value> {
        let forwarding = forwarding
        guard forwarding.authority || forwarding.follower else { return .parsed(try parse()) }
        if forwarding.authority, !forwarding.isSplit, !forwarding.isMirrored,
            let answer = try await forward(request, operation, Way())
        {
            return .answered(answer)
        }
        let value: Value
        do throws(GatewayError) {
            value = try parse()
        } catch {
            // What only the server understands, or refuses in its own words.
            if forwarding.authority, let answer = try await forward(request, operation, Way()) {
                return .answered(answer)
            }
            throw error
        }
        if let answer = try await forward(request, operation, way(value)) {
            return .answered(answer)
        }
        return .parsed(value)
    }

    private func forward(
        _ request: HTTPRequest, _ operation: StoreOperation, _ way: Way
    ) async throws -> HTTPResponse? {
        try await service.forward(
            self.request(request, .collection), operation, to: way.place,
            mirrored: way.mirrored
        ).map(Relay.relayed)
    }

    /// A read that the gateway does not know: the authority answers it, or the source as long as it
    /// is kept in step.
    func untranslated(_ request: HTTPRequest, _ rest: [String]) async throws -> HTTPResponse {
        do {
            let reading = try await read(
                request, .search,
                parse: { () throws(GatewayError) -> Never in
                    throw GatewayError.untranslatable(rest.joined(separator: "/"))
                })
            switch reading {
            case .answered(let response): return response
            }
        } catch let error as GatewayError where error.code == .unsupported {
            let forwarding = forwarding
            // A source that is no longer kept in step would tell of what was.
            guard forwarding.leader == .source || forwarding.follower else { throw error }
            if let answer = try await passThrough(request, .collection) { return answer }
            throw error
        }
    }

    /// To the source's server, whoever is the authority; nil where that speaks another API.
    func passThrough(
        _ request: HTTPRequest, _ scope: ForwardedRequest.Scope = .server
    ) async throws -> HTTPResponse? {
        try await service.passThrough(self.request(request, scope)).map(Relay.relayed)
    }

    /// A change of the collection that concerns no record; nil where the authority speaks another
    /// API.
    func configure(_ request: HTTPRequest) async throws -> HTTPResponse? {
        try await service.configure(self.request(request, .collection)).map(Relay.relayed)
    }

    /// The application's credential is the gateway's: it goes no further.
    func request(
        _ request: HTTPRequest, _ scope: ForwardedRequest.Scope
    ) -> ForwardedRequest {
        var path = request.target
        if scope == .collection {
            let parts = path.prefix { $0 != "?" }.split(
                separator: "/", maxSplits: collectionParts)
            let query = request.query.isEmpty ? "" : "?" + request.query
            path = (parts.count > collectionParts ? "/" + parts[collectionParts] : "") + query
        }
        return ForwardedRequest(
            kind: kind, method: request.method, scope: scope, path: path,
            contentType: request.headers["content-type"], body: request.body)
    }

    static func relayed(_ answer: ForwardedAnswer) -> HTTPResponse {
        var response = HTTPResponse(status: answer.status, body: answer.body)
        if let type = answer.contentType { response.headers.add("Content-Type", type) }
        return response
    }
}
