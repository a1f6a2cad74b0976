import Glibc
import HTTPClient
import HTTPServer
import Synchronization
import TestServers
import Testing

/// Lets a test hold a handler back.
private actor Latch {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func wait() async {
        if isOpen { return }
        await withCheckedContinuation { waiting.append($0) }
    }
}

@Suite struct HTTPServerStopTests {
    @Test func `a stopping server finishes what it began and closes the connection`() async throws {
        let started = Latch()
        let finish = Latch()
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { _ in
            await started.open()
            await finish.wait()
            return HTTPResponse(text: "done")
        }
        async let answer = RawClient.talk(
            port: server.port, ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
        await started.wait()
        async let stopped = server.stop(within: .seconds(10))
        while RawClient.connect(port: server.port) >= 0 {
            try await Task.sleep(for: .milliseconds(5))
        }
        await finish.open()
        let text = await answer
        #expect(text.contains("done"))
        #expect(text.lowercased().contains("connection: close"))
        #expect(await stopped)
    }

    /// The library aborts the process now and then where listening is stopped in its own way (see
    /// `cm_quiesce`), and where a connection is suspended by then (see `ServerCore.end`). The second
    /// was seen here under ThreadSanitizer, and at will with 4 ms of sleep before `heading`.
    @Test func `servers that stop while clients come end in order, and free their ports`()
        async throws
    {
        for _ in 0..<300 {
            let server = try HTTPServer(configuration: HTTPServerConfiguration()) { _ in
                HTTPResponse(text: "done")
            }
            let port = server.port
            async let answer = RawClient.talk(port: port, ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
            let isDrained = await server.stop(within: .seconds(10))
            _ = await answer
            #expect(isDrained)
            #expect(RawClient.connect(port: port) < 0)
        }
    }

    @Test func `a cancelled task that stops the server still lets requests finish`() async throws {
        let started = Latch()
        let finish = Latch()
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { _ in
            await started.open()
            await finish.wait()
            return HTTPResponse(text: "done")
        }
        async let answer = RawClient.talk(
            port: server.port, ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
        await started.wait()
        let stopping = Task {
            while !Task.isCancelled { await Task.yield() }
            return await server.stop(within: .seconds(10))
        }
        stopping.cancel()
        while RawClient.connect(port: server.port) >= 0 {
            try await Task.sleep(for: .milliseconds(5))
        }
        await finish.open()
        #expect(await answer.contains("done"))
        #expect(await stopping.value)
    }

    @Test func `what does not finish in time is cancelled and told so`() async throws {
        let started = Latch()
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { _ in
            await started.open()
            try? await Task.sleep(for: .seconds(60))
            return HTTPResponse(text: "too late")
        }
        async let answer = RawClient.talk(
            port: server.port, ["GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
        await started.wait()
        #expect(await server.stop(within: .milliseconds(100)) == false)
        #expect(await answer.status == 503)
    }

    @Test func `idle connections do not hold up a stop`() async throws {
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { _ in
            HTTPResponse(text: "ok")
        }
        let held = (0..<50).map { _ in RawClient.connect(port: server.port) }
        defer { for fd in held { close(fd) } }
        while server.connectionCount < 50 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(await server.stop(within: .seconds(30)))
        #expect(server.connectionCount == 0)
    }

    @Test func `a port that is taken is an error that names it`() async throws {
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { _ in
            HTTPResponse(text: "ok")
        }
        let taken = HTTPServerConfiguration(port: server.port)
        let error = #expect(throws: HTTPServerError.self) {
            try HTTPServer(configuration: taken) { _ in HTTPResponse(text: "never") }
        }
        #expect(error?.message.contains("127.0.0.1:\(server.port)") == true)
        await server.stop(within: .seconds(1))
    }
}
