import HTTPServer
import JSON
import PlanCore
import PlanSync

/// Qdrant's REST API in front of one collection, whichever stores hold it.
struct QdrantDialect: GatewayDialect {
    let service: any RecordService
    /// The source's collection; may throw what a store throws.
    let collection: @Sendable () async throws -> CollectionDescription
    /// The most hits one search may ask for.
    let kLimit: @Sendable () -> Int
    let time: any TimeSource

    func operation(_ request: HTTPRequest) throws(GatewayError) -> DialectOperation {
        switch try QdrantTarget(request) {
        case .probe: DialectOperation(name: "probe", isOpen: true)
        case .collections, .aliases, .server: DialectOperation(name: "server")
        // Whose collection it is shows later: the source's name may have to be asked for.
        case .collection(_, let rest):
            DialectOperation(name: QdrantOperation(method: request.method, rest: rest).rawValue)
        }
    }

    func response(to error: GatewayError) -> HTTPResponse { QdrantReply.error(error) }

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        let call = Call(request: request, begun: time.now)
        switch try QdrantTarget(request) {
        case .probe: return try await probe(call)
        case .collections: return try await collections(call)
        case .aliases, .server: return try await server(call)
        case .collection(let name, let rest):
            let description = try await collection()
            let operation = QdrantOperation(method: request.method, rest: rest)
            guard name == description.name else {
                return try await other(name, operation, call)
            }
            return try await answer(operation, rest, call, description)
        }
    }

    /// A request, and when it came.
    struct Call: Sendable {
        let request: HTTPRequest
        let begun: Duration
    }

    func reply(_ call: Call, _ body: (inout JSONWriter) -> Void) -> HTTPResponse {
        QdrantReply.result(within: time.now - call.begun, body)
    }

    private func answer(
        _ operation: QdrantOperation, _ rest: [String], _ call: Call,
        _ description: CollectionDescription
    ) async throws -> HTTPResponse {
        let reader = QdrantReader(idKind: description.idKind)
        let request = call.request
        switch operation {
        case .info: return try await info(description, call)
        case .exists: return reply(call) { $0.write(["exists": true]) }
        case .get: return try await point(try reader.id(path: rest[1]), call)
        case .retrieve: return try await retrieve(try reader.wanted(RequestBody(request)), call)
        case .scroll: return try await scroll(try reader.page(RequestBody(request)), call)
        case .count:
            let count = try await service.count(
                matching: try reader.counted(RequestBody(request)))
            return reply(call) { writer in
                writer.object { writer in
                    writer.key("count")
                    writer.write(count)
                }
            }
        case .search, .query, .searchBatch, .queryBatch:
            return try await search(operation, reader, description, call)
        case .batch:
            let writes = try reader.writes(RequestBody(request))
            for write in writes { try await perform(write) }
            return reply(call) { writer in
                writer.array { for _ in writes { $0.writeQdrantUpdate() } }
            }
        case .upsert, .delete, .setPayload, .overwritePayload, .deletePayload, .clearPayload,
            .updateVectors, .deleteVectors:
            try await perform(try reader.write(operation, RequestBody(request)))
            return reply(call) { $0.writeQdrantUpdate() }
        // An index over payload makes reads quicker and changes no answer: each store has its own.
        case .createIndex, .deleteIndex: return reply(call) { $0.writeQdrantUpdate() }
        case .otherRead:
            throw QdrantReader.untranslatable(rest.joined(separator: "/"))
        case .otherWrite: throw QdrantDialect.unknownWrite(request.method, rest)
        }
    }

    static func unknownWrite(_ method: String, _ rest: [String]) -> GatewayError {
        let path = ([""] + rest).joined(separator: "/")
        return GatewayError(
            400, .refused,
            "'\(method) \(path.prefix(100))' could change the collection that moves unseen; "
                + "the gateway does not let it through")
    }
}
