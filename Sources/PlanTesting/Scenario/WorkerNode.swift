import PlanCore
import PlanRun
import PlanSync

/// One life of a worker, as `plan work`.
final class WorkerNode: Sendable {
    let process: SimulatedProcess
    private let cluster: Cluster
    let gone = Outcome<Bool>()

    init(_ cluster: Cluster, slot: String, life: Int) {
        self.cluster = cluster
        process = cluster.process("\(slot).\(life)")
        process.atDeath { [gone] in gone.fulfil(true) }
    }

    func start() {
        process.spawn { [self] in
            try? await live()
            if !process.isDead { process.kill() }
        }
    }

    private func live() async throws {
        let ledger = try cluster.ledger(process)
        let session = try await Session.join(
            cluster.environment(process, ledger), role: .worker, host: Cluster.host,
            process: cluster.nextNumber())
        defer { session.jobs.finish() }
        let copiers = cluster.profile.copiers
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await withDiscardingTaskGroup { loops in
                        loops.addTask { await RepairLoop(session: session).run() }
                        loops.addTask { await Reclaimer(session: session).run() }
                        loops.addTask { await session.jobs.run() }
                    }
                }
                group.addTask {
                    try await WorkHelper(session: session, workers: copiers).run()
                }
                defer { group.cancelAll() }
                while try await group.next() != nil {}
            }
        } catch {
            await session.leave()
            throw error
        }
        await session.leave()
    }
}
