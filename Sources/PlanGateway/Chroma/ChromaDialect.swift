import ChromaFormat
import HTTPServer
import JSON
import PlanCore
import PlanSync

/// Chroma's REST API, version 2, in front of one collection, whichever stores hold it.
struct ChromaDialect: CollectionDialect {
    static let kind = "chroma"

    let service: any RecordService
    /// The source's collection; may throw what a store throws.
    let collection: @Sendable () async throws -> CollectionDescription
    let place: ChromaPlace
    /// The most hits one search may ask for.
    let kLimit: @Sendable () -> Int
    let time: any TimeSource
    var relay: Relay
    let own: ChromaOwn
    let turns = KeyTurns()

    init(
        service: any RecordService,
        collection: @escaping @Sendable () async throws -> CollectionDescription,
        place: ChromaPlace, kLimit: @escaping @Sendable () -> Int, time: any TimeSource
    ) {
        let own = ChromaOwn(place.ids)
        self.service = service
        self.collection = {
            let description = try await collection()
            own.note(name: description.name)
            return description
        }
        self.place = place
        self.kLimit = kLimit
        self.time = time
        self.own = own
        relay = Relay(
            service: service, kind: ChromaDialect.kind, collectionParts: 8, time: time)
    }

    func operation(_ request: HTTPRequest) throws(GatewayError) -> DialectOperation {
        switch try ChromaTarget(request) {
        case .probe: DialectOperation(name: "probe", isOpen: true)
        case .named, .byID:
            DialectOperation(name: request.method == "GET" ? "info" : "collection")
        case .collection(_, _, let rest):
            DialectOperation(name: ChromaOperation(method: request.method, rest: rest).rawValue)
        default: DialectOperation(name: "server")
        }
    }

    func response(to error: GatewayError) -> HTTPResponse { ChromaReply.error(error) }

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        switch try ChromaTarget(request) {
        case .probe(let name): return try await probe(name, request)
        case .identity: return try await identity(request)
        case .tenants, .tenant, .databases, .database:
            return try await directory(try ChromaTarget(request), request)
        case .collections(let database): return try await collections(database, request)
        case .collectionCount: return try await collectionCount(request)
        case .named(let database, let name): return try await named(database, name, request)
        case .byID(_, let id): return try await byID(id, request)
        case .collection(_, let key, let rest):
            guard try await isOurs(id: key) else { return try await other(key, rest, request) }
            return try await answer(rest, request)
        case .first:
            throw GatewayError(
                410, .unsupported, "The v1 API is deprecated. Please use /v2 apis")
        case .server:
            let isRead = ["GET", "HEAD", "OPTIONS"].contains(request.method)
            guard isRead else {
                throw GatewayError.unknownWrite(request.method, try request.pathParts())
            }
            if let answer = try await relay.passThrough(request) { return answer }
            throw GatewayError(404, .notFound, "'\(request.path.prefix(100))' is not here")
        }
    }

    private func answer(_ rest: [String], _ request: HTTPRequest) async throws -> HTTPResponse {
        let description = try await collection()
        let reader = ChromaReader(description, documentField: place.documentField)
        let operation = ChromaOperation(method: request.method, rest: rest)
        switch operation {
        case .get: return try await get(reader, request)
        case .query: return try await query(reader, request)
        case .count: return try await count(request)
        case .otherRead: return try await relay.untranslated(request, rest)
        case .otherWrite: throw GatewayError.unknownWrite(request.method, rest)
        case .add, .upsert, .update:
            try await perform(operation, reader, request)
            return ChromaReply.json([:], status: operation == .add ? 201 : 200)
        case .delete:
            let deleted = try await perform(operation, reader, request) ?? 0
            return ChromaReply.json(["deleted": .int(Int64(deleted))])
        }
    }

    /// By name: those of another database are others.
    func isOurs(_ database: ChromaTarget.Database, _ name: String) async throws -> Bool {
        guard isOurs(database) else { return false }
        // By bytes: to the server é and e + ´ are two names.
        return try await collection().name.utf8.elementsEqual(name.utf8)
    }

    func isOurs(_ database: ChromaTarget.Database) -> Bool {
        database.tenant == place.tenant && database.name == place.database
    }

    /// By id, whatever database the path names: the server looks at the id alone.
    func isOurs(id: String) async throws -> Bool {
        if own.contains(id) { return true }
        try await learnIDs()
        return own.contains(id)
    }

    /// Asks the source's server under which id it has the collection, where that may be news.
    func learnIDs() async throws {
        let isLed = relay.forwarding.leader == .target
        // Once the target leads, the name may be somebody else's there.
        if own.isFresh(time.now) || (isLed && own.current != nil) { return }
        let name = try await collection().name
        do {
            if let answer = try await relay.ask(place.path(of: name)), answer.status == 200 {
                own.note(model: answer.body)
            }
        } catch let error as StoreError {
            guard isLed else { throw error }
        }
        own.note(looked: time.now)
        if own.current == nil { own.noteDerived(place.path(of: name)) }
    }
}
