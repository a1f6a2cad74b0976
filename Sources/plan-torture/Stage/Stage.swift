import Foundation
import HTTPClient
import JSON
import PlanCore
import Processes

/// A folder with a plan in it, a source of its own, a database of its own, and ports.
final class Stage: Sendable {
    let folder: URL
    let pair: StagePair
    private let port: Int
    private let admin: Int
    let records: Int
    private let http = HTTPClient()

    static let data: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("plans/data").path
    }()

    init(_ pair: StagePair, records: Int, pace: Pace) throws {
        self.pair = pair
        self.records = records
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "crossfade-torture-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = Ports.free(2)
        admin = Ports.free(2, besides: port)
        try Data(text(pace).utf8).write(to: folder.appendingPathComponent("plan.yaml"))
    }

    struct Pace: Sendable {
        /// Records a second that the backfill may copy.
        var rate = 500
        var soak = "1s"
        /// How many gateways serve the plan.
        var gateways = 2
        /// How long a store may take, and how long what it left open is waited for.
        var deadline = "1s"
        /// What mirrored reads must show; a guard that needs traffic waits for it.
        var mirrorGuard = "mirror_dropped_rate < 99% with 5 samples"
    }

    private func text(_ pace: Pace) -> String {
        let ends = pair.endpoints("deadline: \(pace.deadline), quarantine: \(pace.deadline)")
        let listens = "listen: \"127.0.0.1:\(port)\", admin: \"127.0.0.1:\(admin)\""
        return """
            plan: 1
            name: torture
            state: state
            source: \(ends.source)
            target: \(ends.target)
            gateway: {\(listens), expect: \(pace.gateways), speak: \(pair.dialect)}
            steps:
              - create_target: {distance: cosine}
              - dual_write
              - backfill: {workers: 2, batch_size: 50, max_rate: \(pace.rate)/s}
            \(pair.indexStep)  - verify: {mode: full, repair: true}
                guards: [missing == 0, extra == 0, mismatched == 0]
              - mirror: {percent: 50, duration: 1s}
                guards: [\(pace.mirrorGuard)]
              - cutover:
                  steps: [{set_weight: 30}, {pause: {duration: 500ms}}, {set_weight: 100}]
              - soak: {duration: \(pace.soak)}
                guards: [repair_backlog < 5000]
            """
    }

    var state: URL { folder.appendingPathComponent("state/torture") }
    var ledger: URL { state.appendingPathComponent("ledger.sqlite") }
    var variables: [String: String] { ["NEW_DATABASE_URL": pair.database] }

    func seed() async throws {
        let child = try start(
            "plan-demo",
            ["seed", "--data", Stage.data, "--records", "\(records)"] + pair.seed(folder),
            log: "seed")
        guard try await child.finish(within: 120) == .exited(0) else {
            throw Trouble("the source could not be made: \(child.said)\(child.complained)")
        }
    }

    func start(
        _ program: String, _ arguments: [String], log: String, crashAt: String? = nil
    ) throws -> Child {
        var all = variables
        all["CROSSFADE_CRASH_AT"] = crashAt ?? ""
        return try Child(program, arguments, in: folder, log: log, variables: all)
    }

    func gateway(_ number: Int, log: String, crashAt: String?) throws -> Child {
        try start(
            "plan",
            [
                "gateway", "plan.yaml", "--name", "gateway-\(number)", "--listen",
                "127.0.0.1:\(port + number)", "--admin", "127.0.0.1:\(admin + number)",
            ], log: log, crashAt: crashAt)
    }

    /// The application, through both gateways, until the run has ended as expected.
    func application(expecting outcome: String, seconds: Int) throws -> Child {
        try start(
            "plan-demo",
            [
                "run", "--data", Stage.data, "--records", "\(records)", "--url",
                "http://127.0.0.1:\(port),http://127.0.0.1:\(port + 1)", "--admin",
                "http://127.0.0.1:\(admin),http://127.0.0.1:\(admin + 1)", "--seconds",
                "\(seconds)", "--expect", outcome, "--failures", "allowed",
            ], log: "application")
    }

    /// The application, at a moderate rate, through the first gateway for so many seconds,
    /// whatever becomes of the run meanwhile; no request may fail.
    func load(rate: Int, seconds: Int) throws -> Child {
        try start(
            "plan-demo",
            [
                "run", "--data", Stage.data, "--records", "\(records)", "--url",
                "http://127.0.0.1:\(port)", "--admin", "http://127.0.0.1:\(admin)", "--seconds",
                "\(seconds)", "--rate", "\(rate)", "--expect", "any", "--speak", pair.dialect,
            ], log: "application")
    }

    func answers(_ number: Int) async -> Bool {
        let answer = try? await http.request(
            "GET", "http://127.0.0.1:\(admin + number)/healthz", deadline: .milliseconds(500))
        return answer != nil
    }

    /// Name and state of every step, as `run.json` has them.
    func steps() -> [(name: String, state: String)] {
        guard let data = try? Data(contentsOf: state.appendingPathComponent("run.json")),
            let record = try? JSON.parse(String(decoding: data, as: UTF8.self))
        else { return [] }
        return (record["steps"]?.items ?? []).map { step in
            (step["name"]?.text ?? "", step["state"]?.text ?? "")
        }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}

extension JSONValue {
    subscript(field: String) -> JSONValue? {
        if case .object(let fields) = self { fields[field] } else { nil }
    }

    var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
    var text: String? { if case .string(let value) = self { value } else { nil } }
    var int: Int64? { if case .int(let value) = self { value } else { nil } }
}
