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
        let text = request.target.prefix { $0 != "?" }
        var parts = text.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.first == "collections" else {
            self = .server
            return
        }
        parts.removeFirst()
        var decoded: [String] = []
        for part in parts {
            guard let path = HTTPTarget("/" + part)?.path else {
                throw .invalid("the path's escapes are broken")
            }
            decoded.append(String(path.dropFirst()))
        }
        guard let name = decoded.first else {
            self = .collections
            return
        }
        self =
            name == "aliases" && decoded.count == 1
            ? .aliases : .collection(name: name, rest: Array(decoded.dropFirst()))
    }
}
