extension MalformedRequest {
    /// The request's first line, and the fields.
    static let heads: [MalformedRequest] = lines + fields + targets

    private static let hello: [UInt8] = {
        var bytes: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]
        bytes += [UInt8](repeating: 97, count: 500)
        return bytes + Array("\r\n\r\n".utf8)
    }()

    private static let blanks = String(repeating: " ", count: 30)

    private static let manyFields = (0..<2_000).map { "X\($0): y\r\n" }.joined()

    private static let lines: [MalformedRequest] = [
        .init("HTTP/0.9", "`GET /v1/count`, no version", .closes(400), "GET /v1/count\r\n\r\n"),
        .init(
            "HTTP/1.0", "no Host, no word of the connection", .several([200]),
            "GET /v1/count HTTP/1.0\r\n\r\n"),
        .init("HTTP/1.2", "a version of the future", .closes(505), line("GET /v1/count HTTP/1.2")),
        .init("HTTP/3.0", "another", .closes(505), line("GET /v1/count HTTP/3.0")),
        .init(
            "HTTP/2 preface", "`PRI * HTTP/2.0`", .closes(505),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        .init("version in small letters", "`http/1.1`", .closes(400), line("GET / http/1.1")),
        .init(
            "TLS where none is spoken", "a ClientHello", .silence,
            bytes: [hello]),
        .init("no target", "`GET`, nothing more", .silence, "GET\r\n\r\n"),
        .init("method that is no token", "`G(T`", .closes(400), line("G(T /v1/count HTTP/1.1")),
        .init("method in small letters", "`get`", .closes(405), line("get /v1/count HTTP/1.1")),
        .init("TRACE", "`TRACE /v1/count`", .closes(405), line("TRACE /v1/count HTTP/1.1")),
        .init("OPTIONS", "`OPTIONS /v1/count`", .closes(405), line("OPTIONS /v1/count HTTP/1.1")),
        .init("OPTIONS of all", "`OPTIONS *`", .closes(400), line("OPTIONS * HTTP/1.1")),
        .init(
            "CONNECT", "`CONNECT 127.0.0.1:22`", .closes(400),
            line("CONNECT 127.0.0.1:22 HTTP/1.1")),
        .init(
            "HEAD", "`HEAD /v1/count`; no body comes", .stays(200),
            line("HEAD /v1/count HTTP/1.1")),
        .init(
            "empty lines first", "two empty lines before the request", .stays(200),
            "\r\n\r\n" + get()),
        .init(
            "bare line feeds", "each line ends with LF alone (RFC 9112, 2.2 allows it)",
            .stays(200), "GET /v1/count HTTP/1.1\nHost: 127.0.0.1\n\n"),
        .init(
            "upgrade", "`Upgrade: h2c`; it is not taken up", .stays(200),
            get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n")),
    ]

    private static let fields: [MalformedRequest] = [
        .init("no host", "HTTP/1.1 without Host", .closes(400), "GET /v1/count HTTP/1.1\r\n\r\n"),
        .init("two hosts", "Host twice", .closes(400), get("Host: 127.0.0.1\r\n")),
        .init(
            "another's name", "`Host: evil.example`, and no token is asked for", .closes(403),
            "GET /v1/count HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        .init(
            "space before the colon", "`Content-Length : 18`", .closes(400),
            post("Content-Length : 18\r\n")),
        .init(
            "tab before the colon", "`Host<tab>: a`", .closes(400),
            "GET /v1/count HTTP/1.1\r\nHost\t: a\r\n\r\n"),
        .init("field without a colon", "`nonsense`", .closes(400), get("nonsense\r\n")),
        .init("field without a name", "`: x`", .closes(400), get(": x\r\n")),
        .init("NUL in a value", "`X: a<NUL>bcd`", .closes(400), get("X: a\0bcd\r\n")),
        .init("NUL at a value's end", "`X: a<NUL>b`", .closes(400), get("X: a\0b\r\n")),
        .init("NUL in a name", "`X<NUL>Y: z`", .closes(400), get("X\0Y: z\r\n")),
        .init("bare CR in a value", "`X: a<CR>Y: b`", .closes(400), get("X: a\rY: b\r\n")),
        .init("obs-fold", "`X: one`, and a line ` two`", .closes(400), get("X: one\r\n two\r\n")),
        .init(
            "obs-fold with a tab", "`X: one`, and a line `<tab>two`", .closes(400),
            get("X: one\r\n\ttwo\r\n")),
        .init(
            "obs-fold behind blanks", "`X:`, thirty blanks, `one`, and a line ` two`",
            .closes(400), get("X:\(blanks)one\r\n two\r\n")),
        .init(
            "obs-fold of the length", "`Content-Length:`, and a line ` 18`", .closes(400),
            post("Content-Length:\r\n 18\r\n")),
        .init(
            "obs-fold of the coding", "`Transfer-Encoding:`, and a line ` chunked`", .closes(400),
            post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")),
        .init(
            "fold before the first field", "a blank begins the first field's line", .closes(400),
            "GET /v1/count HTTP/1.1\r\n X: y\r\nHost: 127.0.0.1\r\n\r\n"),
        .init(
            "blanks before values", "thirty before each of two values, and a tab", .stays(200),
            get("X:\(blanks)one\r\nY:\(blanks)\ttwo\r\n")),
        .init(
            "blanks behind values", "thirty behind each of two values, and a tab", .stays(200),
            get("X: one\(blanks)\r\nY:two\(blanks)\t\r\n")),
        .init(
            "blanks around the length", "`Content-Length:   18`", .stays(200),
            post("Content-Length:   18\r\n")),
        .init(
            "no blank before values", "`X:one`", .stays(200), get("X:one\r\nY:\r\nZ:   \r\n")),
        .init(
            "one field too long", "40,000 bytes", .closes(431),
            get("X: \(String(repeating: "y", count: 40_000))\r\n")),
        .init(
            "too many fields", "2,000 of them", .closes(431),
            get(manyFields)),
        .init(
            "unknown expectation", "`Expect: 200-ok`", .stays(200),
            post("Expect: 200-ok\r\nContent-Length: 18\r\n")),
    ]

    private static let targets: [MalformedRequest] = [
        .init(
            "absolute form", "`GET http://127.0.0.1/v1/count`", .stays(200),
            line("GET http://127.0.0.1/v1/count HTTP/1.1")),
        .init(
            "target too long", "70,000 bytes", .closes(414),
            line("GET /\(String(repeating: "a", count: 70_000)) HTTP/1.1")),
        .init(
            "blank in the target", "`GET /v1/count x HTTP/1.1`", .closes(400),
            line("GET /v1/count x HTTP/1.1")),
        .init(
            "two blanks after the target", "`GET /v1/count  HTTP/1.1`", .closes(400),
            line("GET /v1/count  HTTP/1.1")),
        .init(
            "NUL in the target", "`/v1/count<NUL>more`", .closes(400),
            line("GET /v1/count\0more HTTP/1.1")),
        .init("broken escape", "`/%zz`", .closes(400), line("GET /%zz HTTP/1.1")),
        .init("escaped NUL", "`/%00`", .closes(400), line("GET /%00 HTTP/1.1")),
        .init("escapes that are no UTF-8", "`/%ff%fe`", .closes(400), line("GET /%ff%fe HTTP/1.1")),
        .init(
            "way out", "`/v1/../openapi.json`", .closes(404),
            line("GET /v1/../openapi.json HTTP/1.1")),
        .init("fragment", "`/v1/count#x`", .closes(400), line("GET /v1/count#x HTTP/1.1")),
        .init(
            "another server's name", "`GET @127.0.0.1/v1/count`", .closes(400),
            line("GET @127.0.0.1/v1/count HTTP/1.1")),
        .init("no slash", "`GET v1/count`", .closes(400), line("GET v1/count HTTP/1.1")),
    ]
}
