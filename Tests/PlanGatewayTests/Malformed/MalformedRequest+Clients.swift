import TestServers

extension MalformedRequest {
    /// What a client does with the connection.
    static let clients: [MalformedRequest] =
        slow + gone + [
            .init(
                "pipelining", "three requests at once", .several([200, 200, 200]),
                get() + get() + get("Connection: close\r\n")),
            .init(
                "pipelining, the second broken", "the third is not answered", .several([200, 400]),
                get() + "GET /v1/count HTTP/1.1\r\n\r\n" + get()),
            .init(
                "Expect: 100-continue", "the body after a pause", .several([100, 200]),
                post("Expect: 100-continue\r\nConnection: close\r\nContent-Length: 18\r\n", ""),
                query),
            .init(
                "Expect, and over the limit", "it is not asked for the body", .several([413]),
                post("Expect: 100-continue\r\nContent-Length: 99999999\r\n", "")),
            .init(
                "Expect, and nothing there", "it is not asked for the body", .several([404]),
                line("POST /nothing HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 18\r\n")),
        ]

    private static let slow: [MalformedRequest] = [
        .init(
            "slowloris in the head", "a byte every 100 ms", .silence,
            bytes: dribbled("GET /v1/count HTTP/1.1\r\nHost: 127.0.0.1\r\nX: yyyyyyyyyyyyyyyy"),
            haste: .deadlines, pause: 100_000),
        .init(
            "slowloris in the body", "a byte every 100 ms", .silence,
            bytes: [Array(post("Content-Length: 9999\r\n", "").utf8)]
                + dribbled(String(repeating: " ", count: 20)),
            haste: .deadlines, pause: 100_000),
        .init(
            "head that stops", "no more after the first field", .silence,
            "GET /v1/count HTTP/1.1\r\nHost: 127.0.0.1\r\n", haste: .deadlines),
        .init(
            "body that stops", "half of it", .silence,
            post("Content-Length: 18\r\n", "{\"vector\""), haste: .deadlines),
        .init(
            "chunk that stops", "half of it", .silence,
            chunks("12\r\n{\"vector\""), haste: .deadlines),
        .init(
            "chunk of 2⁶⁴ − 1 bytes", "the first two of them", .silence,
            chunks("ffffffffffffffff\r\nhi"), haste: .deadlines),
        .init("silence", "a connection, and nothing else", .silence, "", haste: .deadlines),
        .init(
            "silence after an answer", "one request", .several([200]), get(),
            haste: .deadlines),
    ]

    private static let gone: [MalformedRequest] = [
        .init(
            "half-closed after a request", "the client will send no more, and reads",
            .several([200]), get(), ending: .halfCloses),
        .init(
            "half-closed in the head", "it can never be whole", .silence,
            "GET /v1/count HTTP/1.1\r\nHo", ending: .halfCloses, haste: .deadlines),
        .init(
            "half-closed in the body", "it can never be whole", .silence,
            post("Content-Length: 18\r\n", "{"), ending: .halfCloses, haste: .deadlines),
        .init(
            "vanishes in the head", "the client is gone", .nobody,
            "PUT /v1/records HTTP/1.1\r\nHo", ending: .vanishes),
        .init(
            "vanishes in the body", "half an upsert; nothing is written", .nobody,
            line("PUT /v1/records HTTP/1.1", "Content-Length: 48\r\n")
                + #"{"records":[{"id":"x","vector":"#, ending: .vanishes),
        .init(
            "vanishes before the answer", "a whole search", .nobody,
            post("Content-Length: 18\r\n"), ending: .vanishes),
    ]

    private static func dribbled(_ text: String) -> [[UInt8]] { text.utf8.map { [$0] } }
}
