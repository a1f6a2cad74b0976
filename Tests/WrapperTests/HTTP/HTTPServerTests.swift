import Glibc
import HTTPClient
import HTTPServer
import Synchronization
import TestServers
import Testing

/// Answers with the method, path, query and size of what it got.
private func echo(_ request: HTTPRequest) async -> HTTPResponse {
    HTTPResponse(
        text: "\(request.method) \(request.path) [\(request.query)] \(request.body.count)")
}

@Suite struct HTTPServerTests {
    private func serving<Value>(
        _ change: (inout HTTPServerConfiguration) -> Void = { _ in },
        handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse = echo,
        _ body: (HTTPServer) async throws -> Value
    ) async throws -> Value {
        var configuration = HTTPServerConfiguration()
        change(&configuration)
        let server = try HTTPServer(configuration: configuration, handler: handler)
        do {
            let value = try await body(server)
            await server.stop(within: .seconds(5))
            return value
        } catch {
            await server.stop(within: .zero)
            throw error
        }
    }

    @Test func `a request reaches the handler decoded, and its answer the client`() async throws {
        try await serving { server in
            let client = HTTPClient()
            let response = try await client.request(
                "PUT", "http://127.0.0.1:\(server.port)/a%20b/c?x=1&y=%20", body: [1, 2, 3])
            #expect(response.status == 200)
            #expect(response.text == "PUT /a b/c [x=1&y=%20] 3")
            #expect(response.header("content-type") == "text/plain; charset=utf-8")
        }
    }

    @Test func `a body of many megabytes arrives whole`() async throws {
        let size = 20 << 20
        try await serving(handler: { request in
            let sum = request.body.reduce(into: 0) { $0 += Int($1) }
            return HTTPResponse(text: "\(request.body.count) \(sum)")
        }) { server in
            let client = HTTPClient()
            let response = try await client.request(
                "POST", "http://127.0.0.1:\(server.port)/", body: [UInt8](repeating: 3, count: size)
            )
            #expect(response.text == "\(size) \(3 * size)")
        }
    }

    @Test func `a large answer arrives whole`() async throws {
        let size = 30 << 20
        try await serving(handler: { _ in
            HTTPResponse(status: 200, body: [UInt8](repeating: 7, count: size))
        }) { server in
            let client = HTTPClient()
            let response = try await client.request("GET", "http://127.0.0.1:\(server.port)/")
            #expect(response.body.count == size)
            #expect(response.body.allSatisfy { $0 == 7 })
        }
    }

    @Test func `two requests on one connection are both answered`() async throws {
        try await serving { server in
            let text = await RawClient.talk(
                port: server.port,
                [
                    "GET /one HTTP/1.1\r\nHost: a\r\n\r\n",
                    "POST /two HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                        + "Content-Length: 2\r\n\r\nhi",
                ])
            #expect(text.contains("GET /one [] 0"))
            #expect(text.contains("POST /two [] 2"))
        }
    }

    @Test func `a chunked body is put together`() async throws {
        try await serving { server in
            let text = await RawClient.talk(
                port: server.port,
                [
                    "POST /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                    "4\r\ndefg\r\n0\r\n\r\n",
                ])
            #expect(text.contains("POST /c [] 7"))
        }
    }

    @Test func `a chunked body over the limit gets 413`() async throws {
        try await serving({ $0.limits.body = 10_000 }) { server in
            let chunk = "1000\r\n" + String(repeating: "x", count: 4_096) + "\r\n"
            let text = await RawClient.talk(
                port: server.port,
                [
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                    String(repeating: chunk, count: 4) + "0\r\n\r\n",
                ])
            #expect(text.status == 413)
        }
    }

    @Test(arguments: ["POST", "PATCH"])
    func `an answer to the head alone comes before the body, and closes`(
        _ method: String
    ) async throws {
        try await serving({ configuration in
            configuration.screen = { $0.path == "/no" ? HTTPResponse(status: 401) : nil }
        }) { server in
            let head = "\(method) /no HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
            let refused = await RawClient.talk(port: server.port, [head])
            #expect(refused.status == 401)
            #expect(refused.lowercased().contains("connection: close"))
            let passed = await RawClient.talk(
                port: server.port, ["GET /yes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"])
            #expect(passed.contains("GET /yes"))
        }
    }

    @Test func `a header block over the limit is refused`() async throws {
        try await serving({ $0.limits.headers = 4_096 }) { server in
            let text = await RawClient.talk(
                port: server.port,
                [
                    "GET / HTTP/1.1\r\nHost: a\r\nX: "
                        + String(repeating: "y", count: 5_000) + "\r\n\r\n"
                ])
            #expect(text.status == 431)
        }
    }

    @Test func `headers that dribble in are cut off at the deadline`() async throws {
        try await serving({ $0.limits.headerDeadline = .milliseconds(500) }) { server in
            // A byte every 100 ms: libmicrohttpd's own timeout would never fire, and the request
            // be answered when it is whole.
            let dribble = "GET / HTTP/1.1\r\nHost: a\r\nX: y".map(String.init)
            let text = await RawClient.talk(
                port: server.port, ["GET / HTTP/1.1\r\n"] + dribble + ["\r\n\r\n"],
                pause: 100_000)
            #expect(text.isEmpty)
        }
    }

    @Test func `limits may change while the server runs`() async throws {
        try await serving { server in
            let client = HTTPClient()
            let url = "http://127.0.0.1:\(server.port)/"
            let body = [UInt8](repeating: 1, count: 1_000)
            let before = try await client.request("PUT", url, body: body)
            #expect(before.status == 200)
            var limits = HTTPServerLimits()
            limits.body = 999
            server.apply(limits)
            let after = try await client.request("PUT", url, body: body)
            #expect(after.status == 413)
        }
    }

    @Test func `an idle connection is closed after its time`() async throws {
        try await serving({ $0.limits.idle = .milliseconds(300) }) { server in
            let text = await RawClient.talk(
                port: server.port, ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"], patience: 20)
            #expect(text.status == 200)
        }
    }

    @Test func `a handler past its deadline is cancelled and the client told`() async throws {
        let wasCancelled = Mutex(false)
        try await serving(
            { $0.limits.requestDeadline = .milliseconds(200) },
            handler: { _ in
                do { try await Task.sleep(for: .seconds(60)) } catch {
                    wasCancelled.withLock { $0 = true }
                }
                return HTTPResponse(text: "too late")
            }
        ) { server in
            let client = HTTPClient()
            let response = try await client.request("GET", "http://127.0.0.1:\(server.port)/")
            #expect(response.status == 504)
        }
        #expect(wasCancelled.withLock { $0 })
    }

    @Test func `connections past the cap are told to come back`() async throws {
        try await serving({ $0.limits.connections = 2 }) { server in
            let held = (0..<2).map { _ in RawClient.connect(port: server.port) }
            defer { for fd in held { close(fd) } }
            while server.connectionCount < 2 { try await Task.sleep(for: .milliseconds(5)) }
            let text = await RawClient.talk(
                port: server.port, ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
            #expect(text.status == 503)
            #expect(text.contains("Retry-After: 1"))
        }
    }

    @Test func `past the cap the newcomer is refused, and those who were there go on`()
        async throws
    {
        try await serving({ $0.limits.connections = 3 }) { server in
            func reach(_ count: Int) async throws {
                while server.connectionCount != count {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            let kept = try (0..<2).map { _ in try #require(KeptConnection(port: server.port)) }
            defer { for connection in kept { connection.end() } }
            let leaver = try #require(KeptConnection(port: server.port))
            try await reach(3)
            let refused = try #require(KeptConnection(port: server.port))
            defer { refused.end() }
            let patient = try #require(KeptConnection(port: server.port))
            defer { patient.end() }
            try await reach(5)
            for connection in kept { #expect(await connection.ask()?.status == 200) }
            let refusal = await refused.ask() ?? ""
            #expect(refusal.status == 503 && refusal.closes, "\(refusal)")
            for connection in kept { #expect(await connection.ask()?.status == 200) }
            // Who came past the cap and asks once there is room is let in, and is one of them.
            leaver.end()
            try await reach(3)
            #expect(await patient.ask()?.status == 200)
            let last = try #require(KeptConnection(port: server.port))
            defer { last.end() }
            try await reach(4)
            #expect(await patient.ask()?.status == 200)
            #expect(await last.ask()?.status == 503)
        }
    }

    /// The first has said how long its body is, and sends it later.
    @Test(arguments: ["Content-Length: 6000", "Transfer-Encoding: chunked"])
    func `bodies over what may be under way are told to come back, and those done make room`(
        _ framing: String
    ) async throws {
        try await serving({ $0.limits.bytesInFlight = 10_000 }) { server in
            let first = "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 6000\r\n"
            let fd = RawClient.connect(port: server.port)
            defer { close(fd) }
            func heard() -> Int {
                var answer = [UInt8](repeating: 0, count: 4_096)
                let count = recv(fd, &answer, answer.count, 0)
                return String(decoding: answer[..<max(0, count)], as: UTF8.self).status
            }
            // The server tells it to go on once it has read the head, and counted the body.
            let asking = first + "Expect: 100-continue\r\n\r\n"
            _ = asking.withCString { send(fd, $0, asking.utf8.count, 0) }
            #expect(heard() == 100)
            let body = String(repeating: "x", count: 6_000)
            let isChunked = framing.contains("chunked")
            let second = [
                "POST /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(framing)\r\n\r\n",
                isChunked ? "1770\r\n\(body)\r\n0\r\n\r\n" : body,
            ]
            let refused = await RawClient.talk(port: server.port, second)
            #expect(refused.status == 503, "\(refused)")
            #expect(refused.contains("Retry-After: 1"))
            _ = body.withCString { send(fd, $0, body.utf8.count, 0) }
            #expect(heard() == 200)
            // One that vanishes in the middle of its body gives back its room, too.
            _ = await RawClient.talk(
                port: server.port, bytes: [Array("\(first)\r\n".utf8), [1, 2, 3]],
                ending: .vanishes)
            var status: Int?
            for _ in 0..<200 where status != 200 {
                try await Task.sleep(for: .milliseconds(10))
                status = await RawClient.talk(port: server.port, second).status
            }
            #expect(status == 200)
        }
    }

    /// More than a socket buffers for a client that does not read.
    @Test func `while a client takes nothing, small answers are given and large ones are not`()
        async throws
    {
        let size = 20 << 20
        let answer: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
            HTTPResponse(
                status: 200,
                body: [UInt8](repeating: 7, count: request.path == "/large" ? size : 1))
        }
        try await serving({ $0.limits.bytesInFlight = 30 << 20 }, handler: answer) { server in
            let fd = RawClient.connect(port: server.port)
            let wanted = "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            _ = wanted.withCString { send(fd, $0, wanted.utf8.count, 0) }
            let before = try await status(of: "/large", at: server, until: 503)
            #expect(before == 503)
            let small = try await status(of: "/small", at: server, until: 200, tries: 1)
            #expect(small == 200)
            var taken = [UInt8](repeating: 0, count: 1 << 20)
            var count = 0
            while case let more = recv(fd, &taken, taken.count, 0), more > 0 { count += more }
            close(fd)
            #expect(count > size)
            let after = try await status(of: "/large", at: server, until: 200)
            #expect(after == 200)
        }
    }

    /// The last one seen, where that does not come.
    private func status(
        of path: String, at server: HTTPServer, until wanted: Int, tries: Int = 200
    ) async throws -> Int? {
        let client = HTTPClient()
        defer { client.close() }
        var status: Int?
        for _ in 0..<tries where status != wanted {
            try await Task.sleep(for: .milliseconds(10))
            status = try await client.request(
                "GET", "http://127.0.0.1:\(server.port)\(path)"
            ).status
        }
        return status
    }
}
