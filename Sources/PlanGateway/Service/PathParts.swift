import HTTPServer

extension HTTPRequest {
    /// The path's parts, decoded, as the server behind will see them: nothing may look like another
    /// collection here and be the one that moves there.
    func pathParts() throws(GatewayError) -> [String] {
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
