import PlanCore
import PlanLedger
import PlanRun
import PlanSync

/// A held run with everything alive around it: repairs, reclaiming, background legs.
struct RunHost {
    let bench: Workbench
    let opened: RunOpener.Opened
    let session: Session
    let context: RunContext

    static func open(
        _ bench: Workbench, acceptsChanges: Bool = false, goesForward: Bool = false,
        waitsForPeople: Bool
    ) async throws -> RunHost {
        let opener = RunOpener(
            bench: bench, acceptsChanges: acceptsChanges, goesForward: goesForward)
        let opened = try await opener.open()
        let environment = try await bench.environment(opened.ledger)
        let session = try await Session.join(
            environment, role: .executor, host: Host.name, process: Host.process)
        let journal = RunJournal(
            record: opened.record, store: bench.folder.store, time: bench.time)
        let context = RunContext(
            plan: bench.plan, digest: bench.file.digest, session: session, world: bench.world,
            journal: journal, folder: bench.folder.path, waitsForPeople: waitsForPeople)
        return RunHost(bench: bench, opened: opened, session: session, context: context)
    }

    /// Runs the body with the loops beside it; Ctrl-C cancels it.
    func run(
        beside others: [@Sendable () async throws -> Void] = [],
        _ body: @escaping @Sendable (RunExecutor) async throws -> RunExecutor.End
    ) async throws -> RunExecutor.End {
        let session = session
        let executor = RunExecutor(context: context)
        defer { session.jobs.finish() }
        return try await withThrowingTaskGroup(of: RunExecutor.End?.self) { group in
            group.addTask { try await body(executor) }
            group.addTask {
                try await Signals.interruption()
                throw CancellationError()
            }
            group.addTask {
                await withDiscardingTaskGroup { loops in
                    loops.addTask { await RepairLoop(session: session).run() }
                    loops.addTask { await Reclaimer(session: session).run() }
                    loops.addTask { await session.jobs.run() }
                }
                return nil
            }
            group.addTask { [bench] in
                try await IdentityCheck(bench: bench).watch()
                return nil
            }
            for other in others {
                group.addTask {
                    try await other()
                    return nil
                }
            }
            defer { group.cancelAll() }
            while let end = try await group.next() { if let end { return end } }
            throw CancellationError()
        }
    }

    func close() async {
        await session.leave()
        await opened.ledger.close()
        await bench.close()
    }
}
