/// What of a request's head is refused before anything is done: libmicrohttpd takes requests whose
/// end two readers could see in different places (RFC 9112, 6.3 and 11.2).
struct RequestCheck {
    var method: String
    /// Path and query, as they came.
    var target: String
    var version: String
    /// Bytes of the whole head, as they came.
    var size: Int
    var headers: [Field]

    /// `blanks`: between the colon and the value, which begins behind them.
    typealias Field = (name: String, value: [UInt8], blanks: Int)

    /// Bytes of the body; nil where it comes in chunks.
    enum Framing: Hashable {
        case length(Int)
        case chunked
    }

    func framing(headerLimit: Int) throws(HTTPRefusal) -> Framing {
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
            throw version.hasPrefix("HTTP/")
                ? HTTPRefusal(.unsupportedVersion, "only HTTP/1.1 is spoken here")
                : HTTPRefusal(.malformed, "the request names no HTTP version")
        }
        guard !method.isEmpty, method.utf8.allSatisfy(RequestCheck.isTokenByte) else {
            throw HTTPRefusal(.malformed, "the method is no token")
        }
        let size = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.count + 4 }
        guard size <= headerLimit else {
            throw HTTPRefusal(
                .headersTooLarge, "the header block has more than \(headerLimit) bytes")
        }
        try checkFields()
        try checkSize()
        return try bodyFraming()
    }

    private func checkFields() throws(HTTPRefusal) {
        for (name, value, _) in headers {
            // `Content-Length : 5` comes as a name that ends in a space.
            guard !name.isEmpty, name.utf8.allSatisfy(RequestCheck.isTokenByte) else {
                throw HTTPRefusal(.malformed, "a header's name is no token")
            }
            guard !RequestCheck.isFolded(name.lowercased()) else {
                throw HTTPRefusal(.malformed, "the header '\(name.prefix(60))' frames nothing")
            }
            guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 9 }) else {
                throw HTTPRefusal(.malformed, "the header '\(name)' holds a control character")
            }
        }
        let hosts = values("host").count
        guard hosts == 1 || (hosts == 0 && version == "HTTP/1.0") else {
            throw HTTPRefusal(
                .malformed, hosts == 0 ? "the Host header is missing" : "Host is given twice")
        }
    }

    /// libmicrohttpd drops what it cannot read: a value from a NUL on, a field without a name, the
    /// break before a line that goes on with a blank. Then the head is longer than its parts.
    private func checkSize() throws(HTTPRefusal) {
        let line = method.utf8.count + target.utf8.count + version.utf8.count + 4
        let fields = headers.reduce(0) {
            $0 + $1.name.utf8.count + 1 + $1.blanks + $1.value.count + 2
        }
        guard size <= line + fields + 2 else {
            throw HTTPRefusal(
                .malformed,
                "the header block holds a folded line, a NUL or a nameless field; send each field "
                    + "as 'name: value' on one line")
        }
    }

    /// libmicrohttpd appends the line that goes on to the *name* of the field before it:
    /// `Content-Length:` and then ` 5` come as `Content-Length5`, which would frame nothing here
    /// and five bytes for whoever stands before us.
    private static func isFolded(_ name: String) -> Bool {
        ["content-length", "transfer-encoding"].contains { name.hasPrefix($0) && name != $0 }
    }

    private func bodyFraming() throws(HTTPRefusal) -> Framing {
        let lengths = values("content-length")
        let codings = values("transfer-encoding")
        if !codings.isEmpty {
            guard lengths.isEmpty else {
                throw HTTPRefusal(
                    .malformed, "Content-Length and Transfer-Encoding are given together")
            }
            guard version == "HTTP/1.1" else {
                throw HTTPRefusal(.malformed, "Transfer-Encoding does not belong in HTTP/1.0")
            }
            guard codings.count == 1, codings[0].lowercased() == "chunked" else {
                throw HTTPRefusal(.notImplemented, "only the transfer encoding 'chunked' is taken")
            }
            return .chunked
        }
        guard let first = lengths.first else { return .length(0) }
        guard lengths.count == 1 else {
            throw HTTPRefusal(.malformed, "Content-Length is given more than once")
        }
        guard !first.isEmpty, first.utf8.allSatisfy({ (48...57).contains($0) }),
            let length = Int(first)
        else {
            throw HTTPRefusal(.malformed, "Content-Length is no number")
        }
        return .length(length)
    }

    private func values(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name }
            .map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// RFC 9110, 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension HTTPRefusal: Error {}
