import PlanCore
import PlanRun

enum RollbackCommand {
    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let (bench, record) = try await begun(arguments.operands[0])
        let plan = bench.plan
        let point = try point(arguments, plan, record)
        guard let first = point.firstUndone(of: plan) else {
            Terminal.print("there is nothing to undo")
            return .done
        }
        if record.machine.states[first...].allSatisfy({ $0 == .waiting || $0 == .undone }),
            record.machine.direction == .forward
        {
            Terminal.print("there is nothing to undo: '\(plan.steps[first].name)' has not begun")
            return .done
        }
        if dropsTarget(point, plan, record), !arguments.has("yes") { try confirm(plan) }
        Signals.watch()
        if bench.folder.isHeld { return try await ask(point, bench) }
        let host = try await RunHost.open(bench, waitsForPeople: false)
        let end: RunExecutor.End
        do {
            end = try await host.run { try await $0.rollBack(to: point, by: Host.user) }
        } catch {
            await host.close()
            throw error
        }
        if case .rolledBack = end {
            try await releaseClaim(host)
            Terminal.print(after(point, plan))
        }
        var status = try? await StatusSource(plan: plan, folder: bench.folder).read()
        await host.close()
        status?.isHeld = false
        return EndReport.say(end, plan, status)
    }

    /// What was done is undone as it was done: by the text that the run began with, whatever the
    /// file has become since.
    private static func begun(_ path: String) async throws -> (Workbench, RunRecord) {
        let file = try PlanFile.load(path)
        let record = try await PersonCommands.record(try RunFolder(file.plan, RealWorld()))
        guard record.digest != file.digest else { return (try Workbench(file), record) }
        Terminal.print("the plan was edited since: going back by the text that the run has")
        return (try Workbench(try PlanFile.load(Array(record.text.utf8), path)), record)
    }

    /// Of a run that has undone everything nothing is left: another may have the target.
    private static func releaseClaim(_ host: RunHost) async throws {
        let record = await host.context.journal.record
        guard record.machine.states.allSatisfy({ [.waiting, .undone].contains($0) }) else { return }
        try await host.bench.target.release(
            RunClaim(
                run: record.ledger, plan: record.plan, host: Host.name,
                state: host.bench.folder.path))
    }

    private static func point(
        _ arguments: Arguments, _ plan: Plan, _ record: RunRecord
    ) throws -> RollbackPoint {
        if let name = arguments.value("to") {
            guard let index = plan.steps.firstIndex(where: { $0.name == name }) else {
                throw Arguments.Misuse(
                    message: "the plan has no step '\(name)'",
                    hint: Suggestion.hint(for: name, among: plan.steps.map(\.name)))
            }
            return .step(index)
        }
        // One that has not ended goes on to where it was to go.
        if case .back(let stop) = record.machine.direction, case .undo = record.machine.next {
            return .step(stop)
        }
        let cutover = plan.steps.firstIndex { $0.kind.word == .cutover }
        let begun = cutover.map {
            ![.waiting, .undone].contains(record.machine.states[$0])
        }
        if begun == true { return .stable }
        // Before dual writes began there is no single write to go back to: what else was begun
        // (a switched configuration, a hook) is undone.
        let dual = plan.steps.firstIndex { $0.kind.word == .dualWrite } ?? plan.steps.count
        let isIdle: (Int) -> Bool = { [.waiting, .undone].contains(record.machine.states[$0]) }
        let early = plan.steps.indices.prefix(dual).first { index in
            plan.steps[index].kind.word != .createTarget && !isIdle(index)
        }
        if let early, plan.steps.indices.dropFirst(dual).allSatisfy(isIdle) { return .step(early) }
        return .singleWrites
    }

    private static func dropsTarget(
        _ point: RollbackPoint, _ plan: Plan, _ record: RunRecord
    ) -> Bool {
        guard case .step(let index) = point else { return false }
        return zip(plan.steps, record.steps).enumerated().contains { number, pair in
            number >= index && pair.0.kind.word == .createTarget
                && pair.1.notes["creating"] != nil
        }
    }

    private static func confirm(_ plan: Plan) throws {
        guard Terminal.isInteractive else {
            throw Diagnostic(
                "this would drop the target '\(plan.target.collection)'",
                hint: "add --yes if that is meant")
        }
        Terminal.print(
            "This drops the target '\(plan.target.collection)'. Type its name to go on:")
        guard readLine() == plan.target.collection else {
            throw Diagnostic("not confirmed; nothing was changed")
        }
    }

    /// The holder obeys; this waits until it has.
    private static func ask(_ point: RollbackPoint, _ bench: Workbench) async throws -> ExitCode {
        let before = try await PersonCommands.record(bench.folder).serial
        _ = try await PersonCommands.ask("rollback", point.text(bench.plan), bench.folder)
        Terminal.print("asked whoever holds the run to roll back")
        while !Signals.isInterrupted {
            let record = try await PersonCommands.record(bench.folder)
            if record.serial > before, record.outcome == .rolledBack {
                Terminal.print(after(point, bench.plan))
                return .rolledBack
            }
            if !bench.folder.isHeld {
                Terminal.complain("the holder ended first; run the same command again")
                return .error
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        return .interrupted
    }

    private static func after(_ point: RollbackPoint, _ plan: Plan) -> String {
        switch point {
        case .stable:
            "the source is the authority, all reads are on it, dual writes go on"
        case .singleWrites:
            "writes go to the source alone; the target stays where it is"
        case .step(let index): "everything back to '\(plan.steps[index].name)' is undone"
        }
    }
}
