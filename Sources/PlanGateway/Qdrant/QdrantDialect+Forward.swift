import HTTPServer
import JSON
import PlanCore
import PlanSync
import QdrantFormat

/// What a Qdrant server answers by itself.
extension QdrantDialect {
    static let kind = "qdrant"

    /// A read that was answered as it came, or what must be translated of it.
    enum Reading<Value> {
        case answered(HTTPResponse)
        case parsed(Value)
    }

    /// Where a read goes that has been looked at, and what its answer means to the mirror.
    struct Way {
        var place = ReadPlace.authority
        var mirrored: @Sendable (ForwardedAnswer) -> [MirroredRead] = { _ in [] }
    }

    /// Lets the side that a read belongs to answer it in its own bytes, where it can. The body is
    /// only parsed where the route asks for it, and once.
    func read<Value>(
        _ call: Call, _ operation: StoreOperation, parse: () throws(GatewayError) -> Value,
        way: (Value) -> Way = { _ in Way() }
    ) async throws -> Reading<Value> {
        let forwarding = service.forwarding(QdrantDialect.kind)
        guard forwarding.authority || forwarding.follower else { return .parsed(try parse()) }
        if forwarding.authority, !forwarding.isSplit, !forwarding.isMirrored,
            let answer = try await forward(call, operation, Way())
        {
            return .answered(answer)
        }
        let value: Value
        do throws(GatewayError) {
            value = try parse()
        } catch {
            // What only the server understands, or refuses in its own words.
            if forwarding.authority, let answer = try await forward(call, operation, Way()) {
                return .answered(answer)
            }
            throw error
        }
        if let answer = try await forward(call, operation, way(value)) {
            return .answered(answer)
        }
        return .parsed(value)
    }

    private func forward(
        _ call: Call, _ operation: StoreOperation, _ way: Way
    ) async throws -> HTTPResponse? {
        try await service.forward(
            QdrantDialect.request(call.request, .collection), operation, to: way.place,
            mirrored: way.mirrored
        ).map(QdrantDialect.relayed)
    }

    /// To the source's server, whoever is the authority; nil where that is none of Qdrant's.
    func passThrough(
        _ call: Call, _ scope: ForwardedRequest.Scope = .server
    ) async throws -> HTTPResponse? {
        try await service.passThrough(QdrantDialect.request(call.request, scope))
            .map(QdrantDialect.relayed)
    }

    /// The application's credential is the gateway's: it goes no further.
    static func request(
        _ request: HTTPRequest, _ scope: ForwardedRequest.Scope
    ) -> ForwardedRequest {
        var path = request.target
        if scope == .collection {
            // `/collections/NAME` is the store's own affair.
            let parts = path.split(separator: "/", maxSplits: 2)
            let rest = parts.count > 2 ? "/" + parts[2] : ""
            let query = request.query.isEmpty ? "" : "?" + request.query
            path = parts.count > 2 ? rest : query
        }
        return ForwardedRequest(
            kind: kind, method: request.method, scope: scope, path: path,
            contentType: request.headers["content-type"], body: request.body)
    }

    private static func relayed(_ answer: ForwardedAnswer) -> HTTPResponse {
        var response = HTTPResponse(status: answer.status, body: answer.body)
        if let type = answer.contentType { response.headers.add("Content-Type", type) }
        return response
    }

    /// Of several in one request the first decides.
    static func way(
        _ searches: [QdrantSearch], _ description: CollectionDescription
    ) -> Way {
        var queries: [Query] = []
        for search in searches {
            // The vector of a point is read by its id, from the authority.
            guard case .vector(let vector) = search.seed else { return Way() }
            queries.append(search.query(vector))
        }
        guard let first = queries.first else { return Way() }
        let wanted = queries
        let isWhole = searches.map { $0.offset == 0 && $0.threshold == nil }
        return Way(place: .share(ReadShare.of(first))) { answer in
            let lists = QdrantDialect.hits(answer, wanted, description)
            return zip(wanted, lists).enumerated().compactMap { index, pair in
                guard isWhole[index], let hits = pair.1 else { return nil }
                return .search(pair.0, answer: hits)
            }
        }
    }

    /// The hits of each query; nil where they are none that the mirror can compare.
    private static func hits(
        _ answer: ForwardedAnswer, _ queries: [Query], _ description: CollectionDescription
    ) -> [[Hit]?] {
        guard let root = try? JSONDocument.parse(answer.body).root, let result = root["result"]
        else { return [] }
        let isBatch = result.items.first.map { $0.kind == .array || $0["points"] != nil } ?? false
        let lists = isBatch ? result.items : [result]
        return zip(queries, lists).map { query, list in
            let metric = description.vector(query.using)?.distance ?? .cosine
            let points = (list["points"] ?? list).items
            var hits: [Hit] = []
            for node in points {
                guard let record = QdrantPoint.record(node), let score = node["score"]?.double
                else { return nil }
                hits.append(
                    Hit(
                        record: record,
                        distance: QdrantMetric.distance(score: score, metric)))
            }
            return hits
        }
    }
}
