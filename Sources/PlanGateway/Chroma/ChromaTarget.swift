import HTTPServer

/// Where a request of a Chroma client is addressed.
enum ChromaTarget: Hashable, Sendable {
    /// Liveness, version and limits: answered without a token.
    case probe(String)
    case identity
    case tenants
    case tenant(String)
    case databases(tenant: String)
    case database(Database)
    case collections(Database)
    case collectionCount(Database)
    /// By its name.
    case named(Database, String)
    case byID(Database, String)
    /// What is asked of a collection: `key` is its id, `rest` the decoded parts after it.
    case collection(Database, key: String, rest: [String])
    /// The API that went before this one.
    case first
    /// Anything else.
    case server

    struct Database: Hashable, Sendable {
        var tenant: String
        var name: String
    }

    private static let probes: Set<String> = [
        "", "heartbeat", "healthcheck", "version", "pre-flight-checks",
    ]

    init(_ request: HTTPRequest) throws(GatewayError) {
        let parts = try request.pathParts()
        guard parts.first == "api" else {
            self = .server
            return
        }
        let rest = Array(parts.dropFirst(2))
        switch parts.dropFirst().first {
        case "v1": self = .first
        case "v2" where rest.count < 2 && ChromaTarget.probes.contains(rest.first ?? ""):
            self = .probe(rest.first ?? "")
        case "v2" where rest == ["auth", "identity"]: self = .identity
        case "v2" where rest.first == "tenants": self = ChromaTarget(tenants: rest)
        default: self = .server
        }
    }

    /// `tenants[/T[/databases[/D[/collections[/KEY[/…]]]]]]`
    private init(tenants parts: [String]) {
        switch parts.count {
        case 1: self = .tenants
        case 2: self = .tenant(parts[1])
        case 3 where parts[2] == "databases": self = .databases(tenant: parts[1])
        case 4... where parts[2] == "databases":
            let database = Database(tenant: parts[1], name: parts[3])
            self = ChromaTarget(database, Array(parts.dropFirst(4)))
        default: self = .server
        }
    }

    private init(_ database: Database, _ rest: [String]) {
        switch (rest.first, rest.count) {
        case (nil, _): self = .database(database)
        case ("collections_count", 1): self = .collectionCount(database)
        case ("collections", 1): self = .collections(database)
        case ("collections", 2): self = .named(database, rest[1])
        case ("collections", 3) where rest[1] == "by-id": self = .byID(database, rest[2])
        case ("collections", _):
            self = .collection(database, key: rest[1], rest: Array(rest.dropFirst(2)))
        default: self = .server
        }
    }
}
