import Foundation
import PlanCore
import PlanLedger
import PlanRun
import PlanSync
import Testing

/// A run after its cutover: the target is the authority, the source follows, and one step is left.
/// What a process leaves in the ledger, in `run.json` and in the stores the next one finds.
struct RunBench: Sendable {
    static let description = CollectionDescription(
        name: "things", idKind: .int, vectors: [VectorSpec(dimension: 2, distance: .l2)])
    static let held = collection(1...3)
    /// Somebody else's, of another time.
    static let other = collection(7...8)

    private static func collection(_ ids: ClosedRange<Int64>) -> MemoryShelf.Held {
        var held = MemoryShelf.Held(description: description)
        for id in ids { held.records[.int(id)] = Record(id: .int(id), vector: [1, Float(id)]) }
        return held
    }

    let folder: String
    let plan: Plan
    let ledger: SQLiteLedger
    let source: MemoryStore
    let target: MemoryStore
    let disk = MemoryDisk()

    var shelf: MemoryShelf { source.shelf }
    private var time: LoggedTime { LoggedTime(shelf: shelf) }

    static func with(
        _ last: StepKind, staleness: Duration = .zero, _ body: (RunBench) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ledger = try SQLiteLedger.create(
            path: folder + "/ledger.sqlite", id: "run", epoch: 0, host: "h", syncs: false)
        let shelf = MemoryShelf()
        func place(_ folder: String) -> MemoryShelf.Place { .init(folder: folder, name: "things") }
        let bench = RunBench(
            folder: folder, plan: twoSteps(last, in: folder), ledger: ledger,
            source: MemoryStore(shelf: shelf, place: place("source"), staleness: staleness),
            target: MemoryStore(shelf: shelf, place: place("target")))
        try await bench.begin()
        try await body(bench)
        await ledger.close()
    }

    private static func twoSteps(_ last: StepKind, in folder: String) -> Plan {
        func endpoint(_ name: String) -> StoreEndpoint {
            StoreEndpoint(kind: .sqlite, address: .literal(name), collection: "things")
        }
        var plan = Plan(
            file: folder + "/plan.yaml", name: "bench", source: endpoint("source"),
            target: endpoint("target"))
        plan.gateway.expect = 0
        var cutover = CutoverOptions()
        cutover.config = [RunBench.change("shop.env")]
        plan.steps = [Step(.cutover(cutover)), Step(last)]
        return plan
    }

    /// Tells the application of the target.
    static func change(_ file: String) -> ConfigChange {
        let setting = ConfigChange.Setting(path: ["DB"], value: "new", isPlain: true)
        return ConfigChange(file: file, set: [setting])
    }

    private func begin() async throws {
        shelf[source.place] = RunBench.held
        shelf[target.place] = RunBench.held
        try await set(Route(epoch: 4, authority: .target, follower: .source))
        try write("DB=new\n", to: "shop.env")
        try write("DB=old\n", to: "config-0-0.original")
        var record = RunRecord(
            plan: plan.name, digest: "digest", text: "", source: try await source.identity(),
            ledger: ledger.id,
            steps: plan.steps.map { .init(name: $0.name, kind: $0.kind.word.rawValue) }, begun: 0)
        record.machine = RunMachine(states: [.done, .waiting], direction: .forward)
        record.steps[0].notes["config_0"] = plan.path("shop.env")
        record.authority = .target
        record.approvals = [
            .init(step: plan.steps[1].name, user: "me", time: 0, digest: "digest")
        ]
        try await disk.save(record)
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }

    func set(_ route: Route) async throws {
        try await ledger.write(.durable) { try $0.setRoute(route) }
    }

    var route: Route { get async throws { try await ledger.read { try $0.route() } } }

    /// Where the application goes.
    var application: String {
        get throws { try String(contentsOfFile: folder + "/shop.env", encoding: .utf8) }
    }

    var record: RunRecord {
        get async throws {
            let found = await disk.load()
            return try #require(found)
        }
    }

    var status: RunStatus {
        get async throws {
            let record = try await record
            return try await StatusReader(plan: plan, time: time).read(
                record, ledger: ledger, isHeld: false)
        }
    }

    /// The run's next process.
    func executor() async throws -> RunExecutor {
        let environment = SyncEnvironment(
            ledger: ledger, source: source, target: target, mapping: IdentityMapping(), time: time)
        let session = try await Session.join(
            environment, role: .executor, host: "h", process: 1)
        let journal = RunJournal(record: try await record, store: disk, time: time)
        return RunExecutor(
            context: RunContext(
                plan: plan, digest: "digest", session: session, world: MemoryWorld(shelf: shelf),
                journal: journal, folder: folder, waitsForPeople: false))
    }

    func apply() async throws -> RunExecutor.End { try await executor().apply() }

    /// As a process that dies right after it saved such a record.
    func applyAndDie(after isLast: @escaping @Sendable (RunRecord) -> Bool) async throws {
        await disk.die(after: isLast)
        let executor = try await executor()
        await #expect(throws: MemoryDisk.Died.self) { _ = try await executor.apply() }
        await disk.revive()
    }
}

extension RunExecutor.End {
    /// Why it failed, where it did.
    var failure: String? { if case .failed(let why, _) = self { why } else { nil } }
}

/// `run.json`, and when the process that writes it dies.
actor MemoryDisk: RunStore {
    struct Died: Error {}

    private var record: RunRecord?
    private var isLast: (@Sendable (RunRecord) -> Bool)?
    private var isDead = false

    func load() -> RunRecord? { record }

    func save(_ next: RunRecord) throws {
        if isDead { throw Died() }
        record = next
        guard let isLast, isLast(next) else { return }
        isDead = true
        throw Died()
    }

    func append(event: JSONObject) {}

    func change(_ body: @Sendable (inout RunRecord) -> Void) {
        guard var next = record else { return }
        body(&next)
        record = next
    }

    func die(after isLast: @escaping @Sendable (RunRecord) -> Bool) { self.isLast = isLast }

    func revive() {
        isLast = nil
        isDead = false
    }
}

/// Every sleep is over at once, and noted.
struct LoggedTime: TimeSource {
    private static let origin = ContinuousClock.now
    let shelf: MemoryShelf

    var now: Duration { ContinuousClock.now - LoggedTime.origin }
    var unixTime: Double { now.seconds }

    func sleep(for duration: Duration) async throws {
        shelf.note("sleeps \(Int(duration.milliseconds.rounded())) ms")
        try await Task.sleep(for: min(duration, .milliseconds(1)))
    }
}

/// Nothing outside but folders.
private struct MemoryWorld: ExternalWorld {
    struct Unsupported: Error {}

    let shelf: MemoryShelf

    func run(
        _ arguments: [String], timeout: Duration
    ) async throws -> (code: Int32, output: String) { throw Unsupported() }
    func call(
        method: String, url: String, body: String?, timeout: Duration
    ) async throws -> (status: Int, body: String) { throw Unsupported() }
    func signal(_ name: String, process: Int32) throws { throw Unsupported() }
    func environment(_ name: String) -> String? { nil }
    func read(_ path: String) -> String? { nil }

    func files(folder: String, collection: String) throws -> any VectorStore {
        MemoryStore(shelf: shelf, place: .init(folder: folder, name: collection))
    }
}
