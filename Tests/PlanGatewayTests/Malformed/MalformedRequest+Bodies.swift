extension MalformedRequest {
    /// What is in the body: refused, and the connection stays.
    static let bodies: [MalformedRequest] = texts + numbers + sizes

    private static func body(
        _ name: String, _ sent: String, _ text: String, _ status: Int = 400
    ) -> MalformedRequest {
        .init(name, sent, .stays(status), bytes: [json(Array(text.utf8))])
    }

    private static func body(
        _ name: String, _ sent: String, bytes: [UInt8]
    ) -> MalformedRequest {
        .init(name, sent, .stays(400), bytes: [json(bytes)])
    }

    private static let longChunks: [[UInt8]] = {
        var chunk = Array("400000\r\n".utf8)
        chunk += [UInt8](repeating: 32, count: 0x40_0000)
        chunk += Array("\r\n".utf8)
        let head = Array(chunks("").utf8)
        return [head] + [[UInt8]](repeating: chunk, count: 10) + [Array("0\r\n\r\n".utf8)]
    }()

    private static let deepArrays =
        String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)

    private static let deepObjects =
        String(repeating: "{\"a\":", count: 70) + "1" + String(repeating: "}", count: 70)

    private static let texts: [MalformedRequest] = [
        body("empty body", "nothing", ""),
        body("null", "`null`", "null"),
        body("array", "`[]`", "[]"),
        body("half an object", "`{`", "{"),
        body("two documents", "`{}{}`", query + query),
        body("NUL after the end", "`{…}<NUL>`", query + "\0"),
        body("comment", "`{… /*x*/}`", "{\"vector\":[1,2,3]/*x*/}"),
        body("comma too many", "`[1,2,3,]`", "{\"vector\":[1,2,3,]}"),
        body("single quotes", "`{'vector': …}`", "{'vector':[1,2,3]}"),
        body("control character in a string", "`\"<SOH>\"`", "{\"a\":\"\u{1}\"}"),
        body("half a surrogate pair", "`\"\\ud800\"`", #"{"vector":[1,2,3],"a":"\ud800"}"#),
        body("byte order mark", "`<BOM>{…}`", "\u{feff}" + query),
        body("UTF-16", "`{}` in two bytes each", bytes: [0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
        body(
            "no UTF-8", "`\"<ff>\"`", bytes: [0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]),
        body("one field twice", "`{\"k\":1,\"k\":2, …}`", #"{"k":1,"k":2,"vector":[1,2,3]}"#),
        body("unknown field", "`{\"vectr\": …}`", "{\"vectr\":[1,2,3]}"),
        .init(
            "form of a web page", "`Origin`, and another Content-Type", .closes(415),
            bytes: [
                json(
                    Array(query.utf8), "Origin: http://evil.example\r\nContent-Type: text/plain\r\n"
                )
            ]),
        .init(
            "gzip", "`Content-Encoding: gzip`", .closes(415),
            bytes: [json([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], "Content-Encoding: gzip\r\n")]),
        .init(
            "another packing", "`Content-Encoding: br`", .closes(415),
            bytes: [json([0x8b, 2, 0x80], "Content-Encoding: br\r\n")]),
    ]

    private static let numbers: [MalformedRequest] = [
        body("NaN", "`[1,NaN,3]`", "{\"vector\":[1,NaN,3]}"),
        body("Infinity", "`[1,Infinity,3]`", "{\"vector\":[1,Infinity,3]}"),
        body("minus Infinity", "`[1,-Infinity,3]`", "{\"vector\":[1,-Infinity,3]}"),
        body("over float64", "`1e999`", "{\"vector\":[1,1e999,3]}"),
        body("over float32", "`1e39`", "{\"vector\":[1,1e39,3]}"),
        body("plus", "`+1`", "{\"vector\":[+1,2,3]}"),
        body("leading zero", "`01`", "{\"vector\":[01,2,3]}"),
        body("no leading digit", "`.5`", "{\"vector\":[.5,2,3]}"),
        body("hexadecimal", "`0x1`", "{\"vector\":[0x1,2,3]}"),
        body(
            "100,000 digits", "one number",
            "{\"vector\":[\(String(repeating: "9", count: 100_000))]}"),
        body("no neighbours", "`k: 0`", "{\"vector\":[1,2,3],\"k\":0}"),
        body("too many neighbours", "`k: 10⁹`", "{\"vector\":[1,2,3],\"k\":1000000000}"),
    ]

    private static let sizes: [MalformedRequest] = [
        body(
            "deep arrays", "100,000 of them",
            "{\"filter\":\(deepArrays)}"),
        body(
            "deep objects", "70 of them",
            deepObjects),
        body(
            "huge vector", "3,000,000 numbers",
            "{\"vector\":[\(String(repeating: "1,", count: 3_000_000))1]}"),
        body(
            "huge string", "20 MB", "{\"a\":\"\(String(repeating: "x", count: 20_000_000))\"}"),
        .init(
            "chunks over the limit", "40 MB without a length", .several([413]),
            bytes: longChunks),
    ]
}
