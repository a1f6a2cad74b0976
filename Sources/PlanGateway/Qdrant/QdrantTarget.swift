import HTTPServer

/// Where a request of a Qdrant client is addressed.
enum QdrantTarget: Hashable, Sendable {
    /// Liveness and version: answered without a token.
    case probe
    case collections
    case aliases
    /// Anything else about the server as a whole.
    case server
    /// `rest`: the decoded parts of the path after the name.
    case collection(name: String, rest: [String])

    private static let probes: Set<String> = ["/", "/healthz", "/readyz", "/livez"]

    init(_ request: HTTPRequest) throws(GatewayError) {
        if QdrantTarget.probes.contains(request.path) {
            self = .probe
            return
        }
        let parts = try request.pathParts()
        guard parts.first == "collections" else {
            self = .server
            return
        }
        switch parts.count {
        case 1: self = .collections
        case 2 where parts[1] == "aliases": self = .aliases
        default: self = .collection(name: parts[1], rest: Array(parts.dropFirst(2)))
        }
    }
}
