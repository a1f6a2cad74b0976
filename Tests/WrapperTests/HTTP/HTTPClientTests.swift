import Glibc
import HTTPClient
import HTTPServer
import Synchronization
import Testing

@Suite struct HTTPClientTests {
    private func serving(
        _ handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse,
        _ body: (String) async throws -> Void
    ) async throws {
        let server = try HTTPServer(configuration: HTTPServerConfiguration(), handler: handler)
        do {
            try await body("http://127.0.0.1:\(server.port)")
            await server.stop(within: .seconds(5))
        } catch {
            await server.stop(within: .zero)
            throw error
        }
    }

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"])
    func `method, headers and body travel as they are`(_ method: String) async throws {
        try await serving({ request in
            var response = HTTPResponse(status: 201, body: request.body)
            response.headers.add("X-Method", request.method)
            response.headers.add("X-Given", request.headers["x-given"] ?? "none")
            response.headers.add("X-Expect", request.headers["expect"] ?? "none")
            return response
        }) { url in
            let client = HTTPClient()
            let body = Array("bytes \(method)".utf8)
            let response = try await client.request(
                method, url + "/x", headers: [("X-Given", "a value")], body: body)
            #expect(response.status == 201)
            #expect(response.header("X-Method") == method)
            #expect(response.header("x-given") == "a value")
            #expect(response.header("x-expect") == "none")
            #expect(response.body == body)
        }
    }

    @Test func `many requests at once share a few connections`() async throws {
        let peers = Mutex(0)
        try await serving({ _ in
            peers.withLock { $0 += 1 }
            return HTTPResponse(text: "ok")
        }) { url in
            var configuration = HTTPClientConfiguration()
            configuration.connectionsPerHost = 4
            let client = HTTPClient(configuration: configuration)
            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<200 {
                    group.addTask { try await client.request("GET", url).status }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(answers == [Int](repeating: 200, count: 200))
        }
        #expect(peers.withLock { $0 } == 200)
    }

    @Test func `nobody there is an error that is definite`() async throws {
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { _ in
            HTTPResponse(text: "ok")
        }
        await server.stop(within: .seconds(1))
        let client = HTTPClient()
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.request("POST", "http://127.0.0.1:\(server.port)/", body: [1])
        }
        #expect(error?.kind == .unreachable)
        #expect(error?.isDefinite == true)
    }

    @Test func `an answer that does not come in time leaves the outcome open`() async throws {
        try await serving({ _ in
            try? await Task.sleep(for: .seconds(30))
            return HTTPResponse(text: "late")
        }) { url in
            let client = HTTPClient()
            let error = await #expect(throws: HTTPClientError.self) {
                try await client.request("POST", url, body: [1], deadline: .seconds(2))
            }
            #expect(error?.kind == .timeout)
            #expect(error?.isDefinite == false)
            client.close()
        }
    }

    @Test func `a cancelled task gets its error at once`() async throws {
        let reached = Mutex(false)
        try await serving({ _ in
            reached.withLock { $0 = true }
            try? await Task.sleep(for: .seconds(30))
            return HTTPResponse(text: "late")
        }) { url in
            let client = HTTPClient()
            let task = Task { () -> HTTPClientError? in
                do {
                    _ = try await client.request("POST", url, body: [1], deadline: .seconds(30))
                    return nil
                } catch let error as HTTPClientError {
                    return error
                }
            }
            while !reached.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
            task.cancel()
            let error = await (try? task.value) ?? nil
            #expect(error?.kind == .cancelled)
            #expect(error?.isDefinite == false)
        }
    }

    /// libcurl by itself would send it a second time, whatever the method.
    @Test(arguments: [false, true])
    func `only what may be repeated is sent again when a kept connection closes`(
        _ isRepeatable: Bool
    ) async throws {
        let server = try #require(RawServer())
        server.start()
        defer { server.stop() }
        let client = HTTPClient()
        func post() async throws(HTTPClientError) -> HTTPClientResponse {
            try await client.request(
                "POST", "http://127.0.0.1:\(server.port)/", body: Array("hello!".utf8),
                isRepeatable: isRepeatable)
        }
        #expect(try await post().text == "ok")
        if isRepeatable {
            #expect(try await post().text == "ok")
            #expect(server.requests == 3)
        } else {
            let error = await #expect(throws: HTTPClientError.self) { try await post() }
            #expect(error?.kind == .disconnected)
            #expect(error?.isDefinite == false)
            #expect(server.requests == 2)
        }
        client.close()
    }

    @Test func `a closed client refuses at once`() async throws {
        let client = HTTPClient()
        client.close()
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.request("GET", "http://127.0.0.1:1/")
        }
        #expect(error?.isDefinite == true)
    }

    @Test func `an answer over the limit is not taken`() async throws {
        try await serving({ _ in
            HTTPResponse(status: 200, body: [UInt8](repeating: 1, count: 100_000))
        }) { url in
            let client = HTTPClient()
            var request = HTTPClientRequest("GET", url)
            request.responseLimit = 50_000
            let error = await #expect(throws: HTTPClientError.self) {
                try await client.send(request)
            }
            #expect(error?.kind == .tooLarge)
        }
    }

    @Test func `a header that breaks its line is refused before anything is sent`() async throws {
        let client = HTTPClient()
        let error = await #expect(throws: HTTPClientError.self) {
            try await client.request(
                "GET", "http://127.0.0.1:1/", headers: [("X", "a\r\nY: b")])
        }
        #expect(error?.kind == .invalid)
    }
}
