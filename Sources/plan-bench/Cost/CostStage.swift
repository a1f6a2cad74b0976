import Foundation
import PlanCore
import PlanStores
import TestServers

/// Two servers with Qdrant's engine, two gateways and nginx before them: a gateway that passes
/// through, one in the mirror phase of a run, and the same two of nginx.
final class CostStage: Sendable {
    /// Who is asked.
    enum Way: String, CaseIterable, Sendable {
        case direct, gateway, mirroring
        case nginx
        case nginxMirror = "nginx with mirror"

        var isMirrored: Bool { self == .mirroring || self == .nginxMirror }
    }

    static let records = 2_000
    private static let passed = "passed", mirrored = "mirrored"

    let source: RESTServer
    let target: RESTServer
    /// Before the target, as the mirroring gateway sees it.
    let faults: FaultProxy
    private let folder: String
    private let ports: [Way: UInt16]
    private let processes: [Way: CostProcess]
    private let executor: CostProcess

    /// Requests that are measured are not checked against the OpenAPI document.
    private static let unchecked = ["QDRANT_CHECK": "0"]

    /// - Parameter program: `plan`; nginx is looked for under its own name.
    init(folder: String, program: String, nginx: String) async throws {
        self.folder = folder
        source = try RESTServer(.qdrant, environment: CostStage.unchecked)
        target = try RESTServer(.qdrant, environment: CostStage.unchecked)
        faults = try FaultProxy(server: target.port, speaking: .http)
        for name in [CostStage.passed, CostStage.mirrored] {
            try await CostStage.fill(source.url, name)
        }
        try await CostStage.fill(target.url, CostStage.passed)
        var ports: [Way: UInt16] = [.direct: source.port]
        for way in Way.allCases where way != .direct { ports[way] = try ServerScript.freePort() }
        self.ports = ports
        func file(_ name: String, _ text: String) throws -> String {
            let path = "\(folder)/\(name)"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        let through = try file(
            "passed.yaml",
            CostStage.plan(CostStage.passed, source.url, target.url, ports[.gateway] ?? 0))
        let mirrored = try file(
            "mirrored.yaml",
            CostStage.plan(CostStage.mirrored, source.url, faults.url, ports[.mirroring] ?? 0))
        var configuration = NginxFile(folder: folder, source: source.port, target: target.port)
        configuration.plain = ports[.nginx] ?? 0
        configuration.mirroring = ports[.nginxMirror] ?? 0
        let settings = try file("nginx.conf", configuration.text)
        processes = [
            .gateway: try CostProcess(program, ["gateway", through], in: folder, log: "gateway"),
            .mirroring: try CostProcess(
                program, ["gateway", mirrored], in: folder, log: "mirroring"),
            .nginx: try CostProcess(
                nginx, ["-c", settings, "-p", folder], in: folder, log: "nginx"),
        ]
        executor = try CostProcess(program, ["apply", mirrored], in: folder, log: "apply")
    }

    func stop() {
        executor.stop()
        for process in processes.values { process.stop() }
        faults.stop()
        source.stop()
        target.stop()
    }

    func url(_ way: Way) -> String {
        let name = way == .mirroring ? CostStage.mirrored : CostStage.passed
        return "http://127.0.0.1:\(ports[way] ?? 0)/collections/\(name)/points"
    }

    /// nginx is one process for both its ways; they are never asked at once.
    func process(_ way: Way) -> CostProcess? { processes[way == .nginxMirror ? .nginx : way] }

    /// Waits until the mirror phase has begun.
    func waitForMirror() async throws {
        for _ in 0..<600 {
            if executor.said.contains("mirror") { return }
            guard executor.isRunning else {
                throw BenchError("plan apply ended: \(executor.said.suffix(400))")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw BenchError("no mirror phase began within a minute: \(executor.said.suffix(400))")
    }

    private static func fill(_ url: String, _ name: String) async throws {
        var configuration = QdrantStoreConfiguration(url: Secret(url), collection: name)
        configuration.http.deadline = .seconds(60)
        let store = QdrantStore(configuration: configuration)
        try await store.create(
            CollectionDescription(
                name: name, idKind: .int,
                vectors: [VectorSpec(dimension: Lab.dimension, distance: .cosine)]))
        for start in stride(from: 0, to: records, by: 500) {
            try await store.upsert((start..<start + 500).map { Lab.record($0) })
        }
        await store.close()
    }

    private static func plan(
        _ name: String, _ source: String, _ target: String, _ port: UInt16
    ) -> String {
        """
        plan: 1
        name: \(name)
        source: {store: qdrant, url: "\(source)", collection: \(name), ids: int}
        target: {store: qdrant, url: "\(target)", collection: \(name), ids: int}
        gateway: {listen: "127.0.0.1:\(port)", admin: "127.0.0.1:0", speak: qdrant}
        steps:
          - create_target
          - dual_write
          - backfill
          - verify
          - mirror: {percent: 100, duration: 5h}
          - cutover

        """
    }
}
