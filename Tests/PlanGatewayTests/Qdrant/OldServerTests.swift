import Foundation
import HTTPClient
import PlanCore
import PlanGateway
import PlanLedger
import PlanStores
import PlanSync
import Synchronization
import TestServers
import Testing

/// The source's server ends, or hangs, when collections of it have moved.
@Suite struct OldServerTests {
    @Test func `a server that is gone takes no collection along that has moved`() async throws {
        try await OldServer.running(plans: 2) { bench in
            let (one, two) = (bench.plans[0], bench.plans[1])
            try await bench.point(bench.alias, at: two.name)
            try await two.follow(Route(epoch: 1, authority: .target))
            #expect(try await bench.count(one.name) == 1)
            #expect(try await bench.count(bench.alias) == 2)
            bench.proxy.stop()
            bench.time.advance(.seconds(6))
            for name in [two.name, bench.alias, two.name] {
                #expect(try await bench.count(name) == 2, "\(name)")
            }
            #expect(try await bench.count(one.name) == 503)
            #expect(try await bench.ask("GET", "/readyz").status == 200)
            let list = try await bench.ask("GET", "/collections")
            #expect(list.status == 200 && list.text.contains("\"\(two.name)\""), "\(list.text)")
        }
    }

    /// With its collection a server drops its aliases.
    @Test func `an alias outlives the source's collection, until it is another's`() async throws {
        try await OldServer.running(plans: 2) { bench in
            let (one, two) = (bench.plans[0], bench.plans[1])
            try await bench.point(bench.alias, at: one.name)
            #expect(try await bench.count(bench.alias) == 1)
            try await one.follow(Route(epoch: 1, authority: .target))
            #expect(try await bench.count(bench.alias) == 2)
            try await bench.point(bench.alias, at: nil)
            bench.time.advance(.seconds(6))
            #expect(try await bench.count(bench.alias) == 2)
            let put = try await bench.ask(
                "PUT", "/collections/\(bench.alias)/points?wait=true",
                #"{"points": [{"id": 3, "vector": [0, 1]}]}"#)
            #expect(put.status == 200, "\(put.text)")
            #expect(try await bench.count(one.name) == 3)
            try await bench.point(bench.alias, at: two.name)
            bench.time.advance(.seconds(6))
            #expect(try await bench.count(bench.alias) == 1)
            // While the source leads, its server has the last word.
            try await bench.point(bench.alias, at: nil)
            bench.time.advance(.seconds(6))
            #expect(try await bench.count(bench.alias) == 404)
        }
    }

    /// It takes connections and never answers.
    @Test func `a server that hangs costs one probe a second, and later none`() async throws {
        try await OldServer.running(plans: 1) { bench in
            let plan = bench.plans[0]
            #expect(try await bench.count(plan.name) == 1)
            try await plan.follow(Route(epoch: 1, authority: .target, follower: .source))
            bench.proxy.arm(.answer("")) { _ in true }
            let begun = ContinuousClock.now
            try await bench.expectAnswers(["/", "/readyz", "/healthz", "/collections"])
            #expect(bench.proxy.met == 1)
            bench.time.advance(.seconds(6))
            try await bench.expectAnswers(["/collections", "/"])
            #expect(bench.proxy.met == 2)
            try await plan.follow(Route(epoch: 2, authority: .target))
            bench.time.advance(.seconds(6))
            try await bench.expectAnswers(["/", "/readyz", "/healthz"])
            #expect(bench.proxy.met == 2)
            // What else is there the server alone knows.
            try await bench.expectAnswers(["/collections"])
            #expect(bench.proxy.met == 3)
            #expect(ContinuousClock.now - begun < .seconds(30))
        }
    }
}

/// Stands still until it is moved on; only sleep takes its time.
private final class ManualTime: TimeSource {
    private let moved = Mutex(Duration.seconds(1))

    var now: Duration { moved.withLock { $0 } }
    var unixTime: Double { Date().timeIntervalSince1970 }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
    func advance(_ duration: Duration) { moved.withLock { $0 += duration } }
}

/// A collection with one record of Qdrant's engine behind a proxy, on its way to one with two of
/// the same engine without.
private struct Moving: Sendable {
    let name: String
    let description: CollectionDescription
    let source: QdrantStore
    let target: QdrantStore
    let plane: DataPlane
    let ledger: SQLiteLedger
    let time = WallTime()

    init(_ name: String, from old: String, to new: String, folder: String) async throws {
        self.name = name
        description = CollectionDescription(
            name: name, idKind: .intOrUUID, vectors: [VectorSpec(dimension: 2, distance: .l2)])
        var configuration = QdrantStoreConfiguration(url: Secret(old), collection: name)
        configuration.http.deadline = .seconds(60)
        source = QdrantStore(configuration: configuration)
        target = QdrantStore(
            configuration: QdrantStoreConfiguration(url: Secret(new), collection: name + "_new"))
        for (store, count) in [(source, 1), (target, 2)] {
            try await store.create(description)
            try await store.upsert(
                (1...count).map { number in
                    Record(
                        id: .int(Int64(number)), vectors: [Record.defaultVector: .dense([1, 0])],
                        payload: [:])
                })
        }
        plane = DataPlane(source: source, recorder: ObservationRecorder(), time: time)
        ledger = try SQLiteLedger.create(
            path: "\(folder)/\(name).sqlite", id: name, epoch: 0, host: "here", syncs: false)
    }

    func run() async throws {
        let environment = SyncEnvironment(
            ledger: ledger, source: source, target: target, mapping: IdentityMapping(),
            time: time, observer: plane.recorder)
        try await plane.run(
            environment, name: "one", host: "here", process: 1,
            compare: MirrorOptions.Compare(), sink: NoDiscrepancies())
    }

    /// As if the run had come so far.
    func follow(_ route: Route) async throws {
        try await ledger.write(.durable) { try $0.setRoute(route) }
        while plane.route.epoch < route.epoch { try await Task.sleep(for: .milliseconds(2)) }
    }

    func close() async {
        await source.close()
        await target.close()
        await ledger.close()
    }
}

/// A gateway of Qdrant's dialect before plans whose sources are on one server.
private struct OldServer {
    let proxy: FaultProxy
    let plans: [Moving]
    let server: GatewayServer
    let alias: String
    let time = ManualTime()
    private let engine: RESTServer
    private let folder: String
    private let client = HTTPClient()

    static func running(
        plans count: Int, _ body: (OldServer) async throws -> Void
    ) async throws {
        let bench = try await OldServer(count)
        do {
            try await bench.joined(body)
        } catch {
            await bench.end()
            throw error
        }
        await bench.end()
    }

    private init(_ count: Int) async throws {
        engine = try RESTServer.shared(.qdrant)
        proxy = try FaultProxy(server: engine.port, speaking: .http)
        folder = NSTemporaryDirectory() + "crossfade-old-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let stamp = Int.random(in: 0..<Int.max)
        alias = "shop_\(stamp)"
        var plans: [Moving] = []
        for number in 1...count {
            plans.append(
                try await Moving(
                    "plan\(number)_\(stamp)", from: proxy.url, to: engine.url, folder: folder))
        }
        self.plans = plans
        var settings = GatewaySettings()
        settings.listen = HostPort(host: "127.0.0.1", port: 0)
        settings.admin = HostPort(host: "127.0.0.1", port: 0)
        settings.speak = .qdrant
        server = try GatewayServer(
            options: .init(settings: settings),
            parts: plans.map { plan in
                GatewayPart(
                    plan: plan.name, service: plan.plane,
                    telemetry: PlaneTelemetry(plane: plan.plane, name: "one") { .null },
                    collection: { plan.description })
            }, log: GatewayLog(sink: MemorySink(), time: time), time: time)
    }

    private func joined(_ body: (OldServer) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for plan in plans { group.addTask { try await plan.run() } }
            for plan in plans {
                while plan.plane.session == nil { try await Task.sleep(for: .milliseconds(2)) }
            }
            try await body(self)
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
    }

    private func end() async {
        proxy.stop()
        client.close()
        await server.stop(within: .seconds(5))
        for plan in plans { await plan.close() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    func ask(
        _ method: String, _ path: String, _ body: String = ""
    ) async throws -> HTTPClientResponse {
        try await send(method, "http://127.0.0.1:\(server.port)\(path)", body)
    }

    private func send(
        _ method: String, _ url: String, _ body: String
    ) async throws -> HTTPClientResponse {
        try await client.request(
            method, url, headers: body.isEmpty ? [] : [("Content-Type", "application/json")],
            body: Array(body.utf8), deadline: .seconds(120))
    }

    /// At the server itself; nil: at nothing any more.
    func point(_ alias: String, at collection: String?) async throws {
        let action =
            if let collection {
                #""create_alias": {"alias_name": "\#(alias)", "collection_name": "\#(collection)"}"#
            } else {
                #""delete_alias": {"alias_name": "\#(alias)"}"#
            }
        let answer = try await send(
            "POST", engine.url + "/collections/aliases", "{\"actions\": [{\(action)}]}")
        #expect(answer.status == 200, "\(answer.text)")
    }

    /// The status, where there is no count.
    func count(_ name: String) async throws -> JSONValue {
        let answer = try await ask(
            "POST", "/collections/\(name)/points/count", #"{"exact": true}"#)
        guard case .object(let body) = answer.json, case .object(let result)? = body["result"],
            let count = result["count"]
        else { return .int(Int64(answer.status)) }
        return count
    }

    func expectAnswers(_ paths: [String]) async throws {
        for path in paths {
            let answer = try await ask("GET", path)
            #expect(answer.status == 200, "\(path): \(answer.text)")
        }
    }
}
