import HTTPServer
import JSON
import PlanCore
import PlanSync

/// What is not about the collection's records.
extension ChromaDialect {
    /// What a server of the version that is spoken here says of itself.
    private static let version = "1.0.0"
    private static let batchMax: Int64 = 5_461

    func probe(_ name: String, _ request: HTTPRequest) async throws -> HTTPResponse {
        if let answer = try await relay.passThroughIfNeeded(request) { return answer }
        switch name {
        case "version": return ChromaReply.json(.string(ChromaDialect.version))
        case "healthcheck":
            return ChromaReply.json(["is_executor_ready": true, "is_log_client_ready": true])
        case "pre-flight-checks":
            return ChromaReply.json([
                "max_batch_size": .int(ChromaDialect.batchMax), "supports_base64_encoding": true,
            ])
        default:
            return ChromaReply.json([
                "nanosecond heartbeat": .int(Int64(time.unixTime * 1_000_000_000))
            ])
        }
    }

    func identity(_ request: HTTPRequest) async throws -> HTTPResponse {
        if let answer = try await relay.passThroughIfNeeded(request) { return answer }
        return ChromaReply.json([
            "user_id": "", "tenant": .string(place.tenant),
            "databases": [.string(place.database)],
        ])
    }

    /// Tenants and databases: the source server's, or the only ones there are.
    func directory(_ target: ChromaTarget, _ request: HTTPRequest) async throws -> HTTPResponse {
        if request.method != "GET", case .database(let database) = target, isOurs(database) {
            throw GatewayError.unknownWrite(request.method, try request.pathParts())
        }
        if request.method == "GET", isOwn(target) {
            if let answer = try await relay.passThroughIfNeeded(request) { return answer }
        } else if let answer = try await relay.passThroughIfThere(request) {
            return answer
        }
        guard request.method == "GET" else { throw ChromaDialect.notMade }
        switch target {
        case .tenant(let name):
            guard name == place.tenant else { throw ChromaReply.missing(tenant: name) }
            return ChromaReply.json(["name": .string(name), "resource_name": nil])
        case .databases(let tenant):
            guard tenant == place.tenant else { return ChromaReply.json([]) }
            return ChromaReply.json([database])
        case .database(let found):
            guard isOurs(found) else { throw ChromaReply.missing(database: found.name) }
            return ChromaReply.json(database)
        default: throw GatewayError(404, .notFound, "'\(request.path.prefix(100))' is not here")
        }
    }

    /// Whether it is where the collection itself is: of others the server alone knows.
    private func isOwn(_ target: ChromaTarget) -> Bool {
        switch target {
        case .tenant(let name): name == place.tenant
        case .database(let database): isOurs(database)
        default: false
        }
    }

    private var database: JSONValue {
        [
            "id": "00000000-0000-0000-0000-000000000000", "name": .string(place.database),
            "tenant": .string(place.tenant),
        ]
    }

    private static let notMade = GatewayError(
        400, .refused, "the gateway makes no tenants, databases or collections",
        hint: "make it at the store itself")

    /// The list of a database's collections, or a new one.
    func collections(
        _ database: ChromaTarget.Database, _ request: HTTPRequest
    ) async throws -> HTTPResponse {
        if request.method == "POST" { return try await create(database, request) }
        guard ["GET", "HEAD"].contains(request.method) else {
            throw GatewayError.unknownWrite(request.method, try request.pathParts())
        }
        let answer = try await relay.passThroughIfThere(request)
        return try await amend(answer ?? ChromaReply.json([]), to: request)
    }

    func collectionCount(_ request: HTTPRequest) async throws -> HTTPResponse {
        let answer = try await relay.passThroughIfThere(request)
        return try await amend(answer ?? ChromaReply.json(0), to: request)
    }

    private func create(
        _ database: ChromaTarget.Database, _ request: HTTPRequest
    ) async throws -> HTTPResponse {
        let body = try RequestBody(request)
        guard body.node.kind == .object else { throw body.wrong("an object") }
        let name = try body.required("name").string()
        if try await isOurs(database, name) {
            guard try body.optional("get_or_create")?.bool() ?? false else {
                throw ChromaReply.exists(name)
            }
            return ChromaReply.json(try await model())
        }
        if let answer = try await relay.passThrough(request) { return answer }
        throw ChromaDialect.notMade
    }

    func named(
        _ database: ChromaTarget.Database, _ name: String, _ request: HTTPRequest
    ) async throws -> HTTPResponse {
        let isRead = ["GET", "HEAD"].contains(request.method)
        let isNamed = try await isOurs(database, name)
        if isNamed, isRead { return try await described(request) }
        let isOurs = isRead || isNamed ? isNamed : try await isOurs(id: name)
        if isOurs {
            throw GatewayError.unknownWrite(
                request.method, Array(try request.pathParts().dropFirst(6)))
        }
        if try await takesName(request) { throw ChromaReply.exists(try await collection().name) }
        if let answer = try await relay.passThrough(request) { return answer }
        throw ChromaReply.missing(collection: name)
    }

    func byID(_ id: String, _ request: HTTPRequest) async throws -> HTTPResponse {
        guard request.method == "GET" else {
            throw GatewayError.unknownWrite(
                request.method, Array(try request.pathParts().dropFirst(6)))
        }
        if try await isOurs(id: id) { return try await described(request) }
        if let answer = try await relay.passThrough(request) { return answer }
        throw ChromaReply.missing(collection: id)
    }

    /// A collection that does not move.
    func other(
        _ id: String, _ rest: [String], _ request: HTTPRequest
    ) async throws -> HTTPResponse {
        if try await takesName(request) { throw ChromaReply.exists(try await collection().name) }
        if let answer = try await relay.passThrough(request) { return answer }
        guard ChromaOwn.normal(id) != nil else {
            throw ChromaReply.invalid("Collection ID is not a valid UUIDv4")
        }
        throw ChromaReply.missing(collection: id)
    }
}
