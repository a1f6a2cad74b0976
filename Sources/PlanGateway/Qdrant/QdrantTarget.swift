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
        let parts = try QdrantTarget.parts(request.target)
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

    /// The path's parts as the server behind will see them: nothing may look like another
    /// collection here and be the one that moves there.
    private static func parts(_ target: String) throws(GatewayError) -> [String] {
        var parts: [String] = []
        let path = target.prefix { $0 != "?" }
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            guard let decoded = HTTPTarget("/" + part)?.path.dropFirst() else {
                throw .invalid("the path's escapes are broken")
            }
            guard decoded != ".", decoded != "..", !decoded.contains("\\") else {
                throw .invalid("the path has a part '\(decoded.prefix(20))'")
            }
            parts.append(String(decoded))
        }
        return parts
    }
}
