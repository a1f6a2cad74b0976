import Foundation
import HTTPClient
import JSON
import PlanCore
import PlanGateway
import PlanLedger
import PlanStores
import PlanSync
import Synchronization

struct WallTime: TimeSource {
    private let origin = ContinuousClock.now

    var now: Duration { origin.duration(to: .now) }
    var unixTime: Double { Date().timeIntervalSince1970 }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

final class MemorySink: LogSink {
    private let kept = Mutex<[String]>([])

    func write(_ line: String) { kept.withLock { $0.append(line) } }
    var lines: [String] { kept.withLock { $0 } }
}

/// A gateway on ports of the system's choosing, before real SQLite files.
struct GatewayBench {
    let folder: String
    let source: SQLiteStore
    let target: SQLiteStore
    let plane: DataPlane
    let server: GatewayServer
    let sink = MemorySink()
    let client = HTTPClient()
    let time = WallTime()

    static func running(
        idKind: CollectionDescription.IDKind = .intOrText,
        token: String? = nil, adminToken: String? = nil,
        _ change: (inout GatewaySettings) -> Void = { _ in },
        _ body: (GatewayBench) async throws -> Void
    ) async throws {
        let bench = try await GatewayBench(idKind, token, adminToken, change)
        do {
            try await body(bench)
        } catch {
            await bench.end()
            throw error
        }
        await bench.end()
    }

    private init(
        _ idKind: CollectionDescription.IDKind, _ token: String?, _ adminToken: String?,
        _ change: (inout GatewaySettings) -> Void
    ) async throws {
        folder = NSTemporaryDirectory() + "crossfade-gateway-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let description = CollectionDescription(
            name: "items", idKind: idKind,
            vectors: [VectorSpec(dimension: 3, distance: .l2)])
        source = SQLiteStore(
            configuration: SQLiteStoreConfiguration(path: folder + "/source.db", table: "items"))
        target = SQLiteStore(
            configuration: SQLiteStoreConfiguration(path: folder + "/target.db", table: "items"))
        try await source.create(description)
        try await target.create(description)
        plane = DataPlane(source: source, recorder: ObservationRecorder(), time: time)
        var settings = GatewaySettings()
        settings.listen = HostPort(host: "127.0.0.1", port: 0)
        settings.admin = HostPort(host: "127.0.0.1", port: 0)
        change(&settings)
        server = try GatewayServer(
            options: .init(
                settings: settings, token: token.map(Secret.init),
                adminToken: adminToken.map(Secret.init)),
            service: plane,
            telemetry: PlaneTelemetry(plane: plane, name: "one") { .null },
            collection: { description }, log: GatewayLog(sink: sink, time: time), time: time)
    }

    private func end() async {
        client.close()
        await server.stop(within: .seconds(5))
        await source.close()
        await target.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    @discardableResult
    func ask(
        _ method: String, _ path: String, _ body: String = "", token: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> HTTPClientResponse {
        var headers = headers
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        return try await client.request(
            method, "http://127.0.0.1:\(server.port)\(path)", headers: headers,
            body: Array(body.utf8))
    }

    func admin(
        _ path: String, method: String = "GET", token: String? = nil
    ) async throws -> HTTPClientResponse {
        try await client.request(
            method, "http://127.0.0.1:\(server.adminPort)\(path)",
            headers: token.map { [("Authorization", "Bearer \($0)")] } ?? [])
    }

    /// Joins a run with a new ledger, with the route given, while the body runs.
    func attached(
        writePauseMax: Duration = .seconds(2), _ body: (Session) async throws -> Void
    ) async throws {
        let ledger = try SQLiteLedger.create(
            path: folder + "/ledger.sqlite", id: "run-1", epoch: 0, host: "here", syncs: false)
        var settings = SyncSettings()
        settings.writePauseMax = writePauseMax
        let environment = SyncEnvironment(
            ledger: ledger, source: source, target: target, mapping: IdentityMapping(),
            time: time, settings: settings, observer: plane.recorder)
        let plane = plane
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await plane.run(
                    environment, name: "one", host: "here", process: 1,
                    compare: MirrorOptions.Compare(), sink: NoDiscrepancies())
            }
            while plane.session == nil { try await Task.sleep(for: .milliseconds(2)) }
            let executor = try await Session.join(
                environment, role: .executor, host: "here", process: 2)
            try await body(executor)
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
        await ledger.close()
    }
}

extension HTTPClientResponse {
    var json: JSONValue { (try? JSON.parse(text)) ?? .null }

    /// The code of an error in the dialect's shape; empty where it has none.
    var errorCode: String {
        guard case .object(let body) = json, case .object(let error)? = body["error"],
            case .string(let code)? = error["code"], case .string? = error["message"],
            case .string? = error["hint"]
        else { return "" }
        return code
    }
}
