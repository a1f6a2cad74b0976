extension MalformedRequest {
    /// Where the body ends: what two readers could read differently is refused.
    static let framing: [MalformedRequest] = lengths + codings + chunkLines

    private static let lengths: [MalformedRequest] = [
        .init(
            "CL.TE", "Content-Length, then Transfer-Encoding", .closes(400),
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
        .init(
            "TE.CL", "Transfer-Encoding, then Content-Length", .closes(400),
            post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")),
        .init(
            "two lengths", "`5` and `6`", .closes(400),
            post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!")),
        .init(
            "one length twice", "`5` and `5`", .closes(400),
            post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")),
        .init(
            "lengths in a list", "`5, 5`", .closes(400),
            post("Content-Length: 5, 5\r\n", "hello")),
        .init("signed length", "`+5`", .closes(400), post("Content-Length: +5\r\n", "hello")),
        .init("negative length", "`-5`", .closes(400), post("Content-Length: -5\r\n", "hello")),
        .init(
            "hexadecimal length", "`0x5`", .closes(400),
            post("Content-Length: 0x5\r\n", "hello")),
        .init(
            "empty length", "`Content-Length:`", .closes(400),
            post("Content-Length:\r\n", "hello")),
        .init(
            "length of 2⁶⁴ − 1", "`18446744073709551615`", .closes(400),
            post("Content-Length: 18446744073709551615\r\n", "")),
        .init(
            "length of 23 digits", "`99999999999999999999999`", .closes(413),
            post("Content-Length: 99999999999999999999999\r\n", "")),
        .init(
            "length over the limit", "`99999999`", .closes(413),
            post("Content-Length: 99999999\r\n", "")),
        .init(
            "length over the limit, PATCH", "`99999999`", .closes(413),
            line("PATCH /v1/records HTTP/1.1", "Content-Length: 99999999\r\n")),
        .init(
            "body longer than its length", "18 bytes, and ten more", .several([200, 400]),
            post("Content-Length: 18\r\n") + "no request\r\n\r\n"),
        .init(
            "GET with a body", "five bytes that nobody wants", .stays(200),
            get("Content-Length: 5\r\n") + "hello"),
    ]

    private static let codings: [MalformedRequest] = [
        .init(
            "unknown coding", "`xchunked`", .closes(501),
            post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
        .init(
            "two codings", "`chunked` and `identity`", .closes(501),
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")),
        .init(
            "chunked twice", "`chunked, chunked`", .closes(501),
            post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")),
        .init(
            "packed chunks", "`gzip, chunked`", .closes(501),
            post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
        .init(
            "hidden coding", "`<vertical tab>chunked`", .closes(400),
            post("Transfer-Encoding: \u{b}chunked\r\n", "0\r\n\r\n")),
        .init(
            "chunks in HTTP/1.0", "Transfer-Encoding where there is none", .closes(400),
            line("POST /v1/search HTTP/1.0", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
    ]

    private static let chunkLines: [MalformedRequest] = [
        .init(
            "chunked upload", "a search in two chunks", .stays(200),
            chunks("8\r\n{\"vector\r\na\r\n\":[1,2,3]}\r\n0\r\n\r\n")),
        .init(
            "chunk with an extension", "`12;a=b`", .stays(200),
            chunks("12;a=b\r\n\(query)\r\n0\r\n\r\n")),
        .init(
            "trailer", "`Content-Length: 50` after the last chunk; it is not looked at",
            .stays(200), chunks("12\r\n\(query)\r\n0\r\nContent-Length: 50\r\n\r\n")),
        .init(
            "chunk lines that end with LF alone", "`12<LF>`", .stays(200),
            chunks("12\n\(query)\n0\n\n")),
        .init(
            "chunk size that is no number", "`zz`", .closes(400), chunks("zz\r\nhi\r\n0\r\n\r\n")),
        .init("chunk size with a prefix", "`0x2`", .closes(400), chunks("0x2\r\nhi\r\n0\r\n\r\n")),
        .init("negative chunk size", "`-2`", .closes(400), chunks("-2\r\nhi\r\n0\r\n\r\n")),
        .init("empty chunk size", "an empty line", .closes(400), chunks("\r\nhi\r\n0\r\n\r\n")),
        .init("blank after a chunk size", "`2 `", .closes(400), chunks("2 \r\nhi\r\n0\r\n\r\n")),
        .init(
            "chunk size over 64 bits", "`10000000000000002`", .closes(413),
            chunks("10000000000000002\r\nhi\r\n0\r\n\r\n")),
        .init(
            "chunk longer than its size", "`2`, and four bytes", .closes(400),
            chunks("2\r\nhiho\r\n0\r\n\r\n")),
        .init(
            "LF within an extension", "`2;a<LF>xx`", .closes(400),
            chunks("2;a\nxx\r\nhi\r\n0\r\n\r\n")),
        .init(
            "extension without end", "100,000 bytes; the words are libmicrohttpd's", .closes(500),
            chunks("2;\(String(repeating: "a", count: 100_000))\r\nhi\r\n0\r\n\r\n")),
    ]
}
