import HTTPServer
import JSON
import PlanCore
import PlanSync

/// Beside other collections of one server, those that move as well and those that do not.
extension ChromaDialect {
    func isNamed(by request: HTTPRequest) throws -> Bool {
        switch try ChromaTarget(request) {
        case .named(let database, let name):
            if isOurs(database), own.isNamed(name) { return true }
            return !["GET", "HEAD"].contains(request.method) && own.contains(name)
        case .byID(_, let id), .collection(_, let id, _): return own.contains(id)
        default: return false
        }
    }

    func isConcerned(by request: HTTPRequest) async throws -> Bool {
        let isRead = ["GET", "HEAD"].contains(request.method)
        switch try ChromaTarget(request) {
        case .named(let database, let name):
            if try await isOurs(database, name) { return true }
            if isRead { return false }
            if try await isOurs(id: name) { return true }
            return try await takesName(request)
        case .byID(_, let id): return try await isOurs(id: id)
        case .collection(_, let key, _):
            if try await isOurs(id: key) { return true }
            return try await takesName(request)
        case .collections(let database):
            guard request.method == "POST", let name = try name("name", in: request) else {
                return false
            }
            return try await isOurs(database, name)
        default: return false
        }
    }

    /// Whether another collection would take the name of this one, or write to it.
    func takesName(_ request: HTTPRequest) async throws -> Bool {
        let (database, field): (ChromaTarget.Database, String)
        switch try ChromaTarget(request) {
        case .named(let found, _) where request.method == "PUT":
            (database, field) = (found, "new_name")
        case .collection(let found, _, ["fork"]): (database, field) = (found, "new_name")
        case .collection(let found, _, ["functions", "attach"]):
            (database, field) = (found, "output_collection")
        default: return false
        }
        guard let name = try name(field, in: request) else { return false }
        return try await isOurs(database, name)
    }

    private func name(_ field: String, in request: HTTPRequest) throws(GatewayError) -> String? {
        request.body.isEmpty ? nil : try RequestBody(request).optional(field)?.node.string
    }

    /// Lists and counts the collection where the source's server does not, or knows it by another
    /// name by now.
    func amend(_ response: HTTPResponse, to request: HTTPRequest) async throws -> HTTPResponse {
        let forwarding = relay.forwarding
        // The source's server has it.
        if forwarding.leader == .source && forwarding.authority { return response }
        guard response.status == 200, request.method == "GET" else { return response }
        switch try ChromaTarget(request) {
        case .collections(let database) where isOurs(database):
            return try await listed(response, request)
        case .collectionCount(let database) where isOurs(database):
            try await learnIDs()
            let path = place.path(of: "by-id") + "/" + (own.current ?? "").percentEscaped
            let isThere = try? await relay.ask(path)?.status == 200
            guard isThere != true, let count = try? JSONDocument.parse(response.body).root.int
            else {
                return response
            }
            return ChromaReply.json(.int(Int64(count + 1)))
        default: return response
        }
    }

    private func listed(
        _ response: HTTPResponse, _ request: HTTPRequest
    ) async throws -> HTTPResponse {
        let model = try await model()
        guard case .array(var list)? = try? JSONDocument.parse(response.body).root.value else {
            return response
        }
        let position = list.firstIndex { entry in
            guard case .object(let fields) = entry, case .string(let id)? = fields["id"] else {
                return false
            }
            return own.contains(id)
        }
        if let position {
            list[position] = model
        } else if list.count < ChromaDialect.limit(request) {
            list.append(model)
        }
        return ChromaReply.json(.array(list))
    }

    private static func limit(_ request: HTTPRequest) -> Int {
        let pairs = request.query.split(separator: "&")
        let text = pairs.first { $0.hasPrefix("limit=") }?.dropFirst("limit=".count)
        return text.flatMap { Int($0) } ?? Int.max
    }
}
