import PlanCore
import PlanLedger
import PlanRun
import PlanSync

/// One more pair of hands for a run that somebody else holds.
enum WorkCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let bench = try Workbench(arguments.operands[0])
        guard let workers = Int(arguments.value("workers") ?? "4"), (1...64).contains(workers)
        else {
            throw Arguments.Misuse(message: "'--workers' takes 1 to 64", hint: nil)
        }
        Signals.watch()
        let record = try await PersonCommands.record(bench.folder)
        let ledger = try bench.folder.openLedger(record.ledger)
        try await RunMembership(bench: bench).confirm(record, ledger)
        let session = try await Session.join(
            try await bench.environment(ledger), role: .worker, host: Host.name,
            process: Host.process)
        Terminal.print("working for '\(bench.plan.name)'; Ctrl-C ends it")
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
                    try await WorkHelper(session: session, workers: workers).run()
                }
                group.addTask {
                    try await Signals.interruption()
                    throw CancellationError()
                }
                defer { group.cancelAll() }
                while try await group.next() != nil {}
            }
        } catch is CancellationError {}
        await session.leave()
        await ledger.close()
        await bench.close()
        return .done
    }
}
