import PlanCore
import PlanRun
import PlanSync
import Synchronization

/// One life of an executor, with one goal: as `plan apply` or `plan rollback` in a terminal.
final class ExecutorNode: Sendable {
    enum End: Sendable {
        case reached
        /// It stopped, said why, and is to be started again.
        case stopped(String)
    }

    let process: SimulatedProcess
    private let cluster: Cluster
    private let goal: Profile.Goal
    /// nil where it died.
    let end = Outcome<End?>()

    init(_ cluster: Cluster, life: Int, goal: Profile.Goal) {
        self.cluster = cluster
        self.goal = goal
        process = cluster.process("executor.\(life)")
        process.atDeath { [end] in end.fulfil(nil) }
    }

    func start() {
        process.spawn { [self] in
            do {
                end.fulfil(try await live())
            } catch {
                end.fulfil(.stopped(String(describing: error)))
            }
            if !process.isDead { process.kill() }
        }
    }

    private func live() async throws -> End {
        let store = SimulatedRunStore(process: process, disk: cluster.disk)
        guard let record = try await store.load() else { return .stopped("there is no run") }
        let ledger = try cluster.ledger(process)
        let session = try await Session.join(
            cluster.environment(process, ledger), role: .executor, host: Cluster.host,
            process: cluster.nextNumber())
        let journal = RunJournal(record: record, store: store, time: process.clock)
        let context = RunContext(
            plan: cluster.plan, digest: record.digest, session: session,
            world: NothingOutside(), journal: journal, folder: "", waitsForPeople: false)
        defer { session.jobs.finish() }
        let end = try await withLoops(session) { [self] in
            try await reach(RunExecutor(context: context))
        }
        await session.leave()
        return end
    }

    private func withLoops(
        _ session: Session, _ body: @escaping @Sendable () async throws -> End
    ) async throws -> End {
        try await withThrowingTaskGroup(of: End?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                await withDiscardingTaskGroup { loops in
                    loops.addTask { await RepairLoop(session: session).run() }
                    loops.addTask { await Reclaimer(session: session).run() }
                    loops.addTask { await session.jobs.run() }
                }
                return nil
            }
            defer { group.cancelAll() }
            while let end = try await group.next() { if let end { return end } }
            throw CancellationError()
        }
    }

    private func reach(_ executor: RunExecutor) async throws -> End {
        switch goal {
        case .apply(let until): return ExecutorNode.judge(try await executor.apply(until: until))
        case .rollBack(let point):
            return ExecutorNode.judge(try await executor.rollBack(to: point, by: "simulation"))
        case .applyFor(let duration):
            let clock = process.clock
            return try await withThrowingTaskGroup(of: End.self) { group in
                group.addTask { ExecutorNode.judge(try await executor.apply()) }
                group.addTask {
                    try await clock.sleep(for: duration)
                    return .reached
                }
                defer { group.cancelAll() }
                return try await group.next() ?? .reached
            }
        }
    }

    private static func judge(_ end: RunExecutor.End) -> End {
        switch end {
        case .done, .stoppedAt, .rolledBack: .reached
        default: .stopped(String(describing: end))
        }
    }
}

/// A plan of the simulation names no programs and no URLs.
private struct NothingOutside: ExternalWorld {
    struct Unsupported: Error {}

    func run(
        _ arguments: [String], timeout: Duration
    ) async throws -> (code: Int32, output: String) { throw Unsupported() }
    func call(
        method: String, url: String, body: String?, timeout: Duration
    ) async throws -> (status: Int, body: String) { throw Unsupported() }
    func signal(_ name: String, process: Int32) throws { throw Unsupported() }
    func environment(_ name: String) -> String? { nil }
    func read(_ path: String) -> String? { nil }
    func files(folder: String, collection: String) throws -> any VectorStore { throw Unsupported() }
}
