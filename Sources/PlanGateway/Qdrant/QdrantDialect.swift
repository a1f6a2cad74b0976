import HTTPServer
import JSON
import PlanCore
import PlanSync

/// Qdrant's REST API in front of one collection, whichever stores hold it.
struct QdrantDialect: CollectionDialect {
    let service: any RecordService
    /// The source's collection; may throw what a store throws.
    let collection: @Sendable () async throws -> CollectionDescription
    /// The most hits one search may ask for.
    let kLimit: @Sendable () -> Int
    let time: any TimeSource
    var relay: Relay
    private let names: QdrantNames

    init(
        service: any RecordService,
        collection: @escaping @Sendable () async throws -> CollectionDescription,
        kLimit: @escaping @Sendable () -> Int, time: any TimeSource
    ) {
        let names = QdrantNames(time: time)
        self.service = service
        self.collection = {
            let description = try await collection()
            names.note(own: description.name)
            return description
        }
        self.kLimit = kLimit
        self.time = time
        self.names = names
        relay = Relay(
            service: service, kind: QdrantDialect.kind, collectionParts: 2, time: time)
    }

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
        case .aliases: return try await aliases(call)
        case .server: return try await server(call)
        case .collection(let name, let rest):
            let description = try await collection()
            let operation = QdrantOperation(method: request.method, rest: rest)
            guard try await isOurs(name, description) else {
                return try await other(name, operation, call)
            }
            return try await answer(operation, rest, call, description)
        }
    }

    func isNamed(by request: HTTPRequest) throws -> Bool {
        guard case .collection(let name, _) = try QdrantTarget(request) else { return false }
        return names.isOwn(name)
    }

    func isConcerned(by request: HTTPRequest) async throws -> Bool {
        switch try QdrantTarget(request) {
        case .collection(let name, _): return try await isOurs(name, try await collection())
        case .aliases where request.method != "GET": return try await isRenamed(by: request)
        case .probe, .collections, .aliases, .server: return false
        }
    }

    /// Whether a change of aliases names the collection.
    private func isRenamed(by request: HTTPRequest) async throws -> Bool {
        let own = try await collection().name
        let ours = try await names.all(
            own: own, hasMoved: hasMoved, ask: { try await list($0) })
        return try RequestBody(request).node.value.names(anyOf: ours)
    }

    private func isOurs(
        _ name: String, _ description: CollectionDescription
    ) async throws -> Bool {
        // By bytes: to the server é and e + ´ are two names.
        if name.utf8.elementsEqual(description.name.utf8) { return true }
        return try await names.isOurs(
            name, own: description.name, hasMoved: hasMoved, ask: { try await list($0) })
    }

    private var hasMoved: Bool { relay.forwarding.leader == .target }

    /// As the server tells it; nil where it has no such list.
    private func list(_ path: String) async throws -> [UInt8]? {
        guard let answer = try await relay.ask(path) else { return nil }
        return answer.status == 200 ? answer.body : nil
    }

    /// Aliases may be changed as long as none of them is, or becomes, the collection's that moves.
    private func aliases(_ call: Call) async throws -> HTTPResponse {
        if call.request.method != "GET" {
            if try await isRenamed(by: call.request) {
                throw GatewayError.unknownWrite(call.request.method, ["collections", "aliases"])
            }
            names.forget()
        }
        return try await server(call)
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
        let reader = QdrantReader(
            idKind: description.idKind,
            forwardsWrites: relay.forwarding.takesWrites)
        let request = call.request
        switch operation {
        case .info, .exists, .get, .retrieve, .scroll, .count, .otherRead:
            return try await read(operation, rest, reader, description, call)
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
        // An index over payload makes reads quicker and changes no answer: another store has its own.
        case .createIndex, .deleteIndex:
            if let answer = try await relay.configure(request) { return answer }
            return reply(call) { $0.writeQdrantUpdate() }
        case .otherWrite: throw GatewayError.unknownWrite(request.method, rest)
        }
    }
}

extension JSONValue {
    /// Whether one of the texts in it is one of these.
    fileprivate func names(anyOf names: Set<String>) -> Bool {
        switch self {
        case .string(let text): names.contains(text)
        case .array(let items): items.contains { $0.names(anyOf: names) }
        case .object(let fields): fields.values.contains { $0.names(anyOf: names) }
        default: false
        }
    }
}
