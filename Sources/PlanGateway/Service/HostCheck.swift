import HTTPServer

/// Refuses requests that a web page made through a name of its own that leads to this machine (DNS
/// rebinding). Where a token is asked for, the page does not have it.
enum HostCheck {
    static func check(_ request: HTTPRequest, hasToken: Bool) throws(GatewayError) {
        guard !hasToken, let host = request.headers["host"] else { return }
        let name = HostCheck.name(host)
        guard name == "localhost" || isAddress(name) else {
            throw GatewayError(
                403, .forbidden, "the host '\(name.prefix(60))' is not this gateway",
                hint: "use its address, or set gateway.token")
        }
    }

    private static func name(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        return host.prefix { $0 != ":" }.lowercased()
    }

    /// An address, as text; never a name, which has letters beyond hexadecimal or no colon.
    private static func isAddress(_ name: String) -> Bool {
        if name.contains(":") { return name.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." } }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
