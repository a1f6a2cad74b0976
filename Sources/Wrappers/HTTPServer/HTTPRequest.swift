/// A whole request, as the handler gets it.
package struct HTTPRequest: Sendable {
    package var method: String
    /// As it was sent: path and query, still encoded.
    package var target: String
    /// Decoded, without the query.
    package var path: String
    /// Without the question mark, still encoded; empty where there is none.
    package var query: String
    package var headers: HTTPHeaders
    package var body: [UInt8]

    package init(
        method: String, target: HTTPTarget, headers: HTTPHeaders = HTTPHeaders(),
        body: [UInt8] = []
    ) {
        self.method = method
        self.target = target.text
        path = target.path
        query = target.query
        self.headers = headers
        self.body = body
    }
}

/// What stands between the method and the version on a request's first line.
package struct HTTPTarget: Hashable, Sendable {
    package var text: String
    package var path: String
    package var query: String

    /// nil where it holds a blank or a fragment, is neither a path nor an address, a percent escape is
    /// broken, or the path holds a control character.
    package init?(_ text: String) {
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else { return nil }
        var rest = Substring(text)
        for scheme in ["http://", "https://"] where rest.lowercased().hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            rest = rest[(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)...]
        }
        // What is sent on stands right behind a server's address: `@elsewhere` would be part of it,
        // and of `/ours#x` nothing would be left but what is ours.
        guard rest.isEmpty || rest.hasPrefix("/") || rest.hasPrefix("?"), !rest.utf8.contains(0x23)
        else { return nil }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = HTTPTarget.decode(parts[0]) else { return nil }
        guard !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return nil }
        self.text = String(rest)
        self.path = path.isEmpty ? "/" : path
        query = parts.count > 1 ? String(parts[1]) : ""
    }

    private static func decode(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(rest.prefix(2)) ?? ""
            guard digits.utf8.count == 2, digits.first?.isHexDigit == true,
                let value = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
