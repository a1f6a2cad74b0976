import Foundation
import HTTPClient
import HTTPServer
import PlanCore
import PlanGateway
import PlanStores
import PlanSync
import Synchronization
import TestServers
import Testing

/// A gateway of Qdrant's dialect before the engine, with a proxy between them that breaks what it
/// is told to: what the application is answered, and that nobody beside it is harmed.
@Suite struct UpstreamFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var fault: FaultProxy.Fault
        /// What a read is answered, and a write.
        var read: Int
        var write: Int

        var testDescription: String { "\(fault)" }
    }

    static let cases = [
        Case(fault: .resetBefore, read: 503, write: 504),
        Case(fault: .resetAfter, read: 503, write: 504),
        Case(fault: .stall, read: 504, write: 504),
        Case(fault: .garbage, read: 502, write: 504),
        Case(fault: .flood, read: 502, write: 504),
        Case(fault: .answer("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), read: 502, write: 504),
    ]

    @Test(arguments: cases)
    func `a store that misbehaves is the application's error, in its dialect, and no one else's`(
        _ shape: Case
    ) async throws {
        let bench = try await UpstreamBench(
            deadline: shape.fault == .stall ? .seconds(5) : .seconds(60))
        defer { bench.end() }
        bench.proxy.arm(shape.fault) { $0.line.contains("/points/search ") }
        let broken = try await bench.search()
        #expect(broken.status == shape.read, "\(broken.text)")
        #expect(broken.qdrantError?.isEmpty == false, "\(broken.text)")
        // On the same gateway at the same time, by another way.
        #expect(try await bench.count() == 1)
        bench.proxy.arm(shape.fault) { $0.line.hasPrefix("PUT ") }
        let write = try await bench.put(2)
        #expect(write.status == shape.write, "\(write.text)")
        #expect(write.qdrantError?.isEmpty == false, "\(write.text)")
        #expect(bench.proxy.met == 1)
        bench.proxy.disarm()
        #expect(try await bench.put(2).status == 200)
        #expect(try await bench.search().status == 200)
        #expect(try await bench.count() == 2)
    }

    /// The store would have answered, later than the application is to wait.
    @Test func `a request is ended where the plan's own limit is`() async throws {
        let bench = try await UpstreamBench { $0.limits.requestDeadline = .seconds(3) }
        defer { bench.end() }
        bench.proxy.arm(.late(milliseconds: 20_000)) { $0.line.contains("/points/search ") }
        let begun = ContinuousClock.now
        let late = try await bench.search()
        #expect(late.status == 504 && late.qdrantError?.isEmpty == false, "\(late.text)")
        #expect(ContinuousClock.now - begun < .seconds(20))
        bench.proxy.disarm()
        #expect(try await bench.search().status == 200)
    }

    /// Sixteen at once: what comes in is bounded over all of them.
    @Test func `many floods at once take bounded memory, and small answers go through`()
        async throws
    {
        let bench = try await UpstreamBench()
        defer { bench.end() }
        let before = try Self.residentPeak(reset: true)
        bench.proxy.arm(.flood) { $0.line.contains("/points/search ") }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 { group.addTask { try await bench.search().status } }
            for _ in 0..<20 { #expect(try await bench.count() == 1) }
            for try await status in group { #expect(status == 502) }
        }
        let grown = try Self.residentPeak(reset: false) - before
        // Twice the client's own limit, where an answer that grows is moved; sixteen would be 4 GB.
        #expect(grown < 2 << 30, "\(grown >> 20) MB")
        bench.proxy.disarm()
        #expect(try await bench.search().status == 200)
    }

    /// Sent on as it came it would name another server, which would be given the store's credential;
    /// or what is left of it would name the collection itself.
    @Test(arguments: [
        "GET @127.0.0.1:PORT/x", "GET 127.0.0.1:PORT/x", "DELETE /collections/NAME#x",
    ])
    func `a target that is no path goes nowhere`(_ line: String) async throws {
        let bench = try await UpstreamBench()
        defer { bench.end() }
        let visits = Mutex(0)
        let elsewhere = try HTTPServer(configuration: HTTPServerConfiguration()) { _ in
            visits.withLock { $0 += 1 }
            return HTTPResponse(text: "a secret")
        }
        let sent = line.replacing("PORT", with: "\(elsewhere.port)")
            .replacing("NAME", with: bench.name)
        let answer = await RawClient.talk(
            port: bench.server.port,
            ["\(sent) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"])
        #expect(answer.status == 400, "\(answer)")
        #expect(visits.withLock { $0 } == 0)
        #expect(try await bench.count() == 1)
        await elsewhere.stop(within: .seconds(1))
    }

    /// A page that a person on this machine looks at needs no leave to send such requests.
    @Test func `a web page cannot delete in a collection beside ours`() async throws {
        let bench = try await UpstreamBench()
        defer { bench.end() }
        let other = "beside_\(Int.random(in: 0..<Int.max))"
        let base = "http://127.0.0.1:\(bench.server.port)/collections/\(other)"
        let json = [("Content-Type", "application/json")]
        let made = try await bench.client.request(
            "PUT", base, headers: json,
            body: Array(#"{"vectors": {"size": 2, "distance": "Dot"}}"#.utf8))
        #expect(made.status == 200, "\(made.text)")
        for page in [
            [("Origin", "http://evil.example")],
            [
                ("Origin", "http://evil.example"), ("Content-Type", "text/plain"),
            ],
        ] {
            let refused = try await bench.client.request(
                "POST", base + "/points/delete", headers: page, body: Array(#"{"filter":{}}"#.utf8))
            #expect(refused.status == 415, "\(refused.text)")
        }
        let dropped = try await bench.client.request("DELETE", base, headers: json)
        #expect(dropped.status == 200, "\(dropped.text)")
    }

    /// Bytes, the most at one time since it was last reset.
    private static func residentPeak(reset: Bool) throws -> Int {
        if reset {
            try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        }
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) << 10
    }
}

/// A gateway whose only store is Qdrant's engine behind a proxy.
private struct UpstreamBench {
    let proxy: FaultProxy
    let server: GatewayServer
    let client = HTTPClient()
    let name = "upstream_\(Int.random(in: 0..<Int.max))"

    init(
        deadline: Duration = .seconds(60), _ change: (inout GatewaySettings) -> Void = { _ in }
    ) async throws {
        let engine = try RESTServer.shared(.qdrant)
        proxy = try FaultProxy(server: engine.port, speaking: .http)
        var configuration = QdrantStoreConfiguration(url: Secret(proxy.url), collection: name)
        configuration.http.deadline = deadline
        let store = QdrantStore(configuration: configuration)
        let description = CollectionDescription(
            name: name, idKind: .intOrUUID,
            vectors: [VectorSpec(dimension: 2, distance: .l2)])
        try await store.create(description)
        try await store.upsert([
            Record(id: .int(1), vectors: [Record.defaultVector: .dense([1, 0])], payload: [:])
        ])
        let time = WallTime()
        let plane = DataPlane(source: store, recorder: ObservationRecorder(), time: time)
        var settings = GatewaySettings()
        settings.listen = HostPort(host: "127.0.0.1", port: 0)
        settings.admin = HostPort(host: "127.0.0.1", port: 0)
        settings.speak = .qdrant
        change(&settings)
        server = try GatewayServer(
            options: .init(settings: settings), service: plane,
            telemetry: PlaneTelemetry(plane: plane, name: "one") { .null },
            collection: { description }, log: GatewayLog(sink: MemorySink(), time: time),
            time: time)
    }

    func end() {
        proxy.stop()
        client.close()
        let server = server
        Task { await server.stop(within: .seconds(5)) }
    }

    private func ask(
        _ method: String, _ path: String, _ body: String
    ) async throws -> HTTPClientResponse {
        try await client.request(
            method, "http://127.0.0.1:\(server.port)/collections/\(name)\(path)",
            headers: [("Content-Type", "application/json")], body: Array(body.utf8),
            deadline: .seconds(120))
    }

    func search() async throws -> HTTPClientResponse {
        try await ask("POST", "/points/search", #"{"vector": [1, 0], "limit": 3}"#)
    }

    func put(_ id: Int) async throws -> HTTPClientResponse {
        try await ask(
            "PUT", "/points?wait=true", #"{"points": [{"id": \#(id), "vector": [0, 1]}]}"#)
    }

    func count() async throws -> Int? {
        let answer = try await ask("POST", "/points/count", #"{"exact": true}"#)
        guard case .object(let body) = answer.json, case .object(let result)? = body["result"],
            case .int(let count)? = result["count"]
        else { return nil }
        return Int(count)
    }
}

extension HTTPClientResponse {
    /// What Qdrant's own shape of an error says; nil where it has another.
    fileprivate var qdrantError: String? {
        guard case .object(let body) = json, case .object(let status)? = body["status"],
            case .string(let said)? = status["error"]
        else { return nil }
        return said
    }
}
