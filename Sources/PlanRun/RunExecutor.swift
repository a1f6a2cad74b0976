import PlanCore
import PlanSync

/// Carries a run out: asks the machine what comes next, performs it, records what happened, and
/// only then goes on. It decides nothing itself.
package actor RunExecutor {
    package enum End: Hashable, Sendable {
        case done
        /// The step that `--until` named is done.
        case stoppedAt(String)
        case guardFailed(String)
        case waiting(String)
        case paused(String)
        case failed(String, hint: String?)
        case rolledBack(String)
    }

    private let context: RunContext
    private let inbox: RequestInbox
    private let notifier: Notifier

    package init(context: RunContext) {
        self.context = context
        inbox = RequestInbox(context: context)
        notifier = Notifier(context: context)
    }

    private var journal: RunJournal { context.journal }

    /// Goes forward from where the run is; `until` is the last step to do. A rollback that is under
    /// way goes on, unless this takes it back.
    package func apply(until: String? = nil, takesBack: Bool = false) async throws -> End {
        if takesBack, let end = try await takeRollbackBack() { return end }
        try await journal.update { record in
            if case .forward = record.machine.direction { record.machine.retry() }
            record.outcome = .active
        }
        if await journal.record.machine.next == .restOnRollback { try await turnForward() }
        if let until, let index = context.plan.steps.firstIndex(where: { $0.name == until }),
            await journal.record.machine.states[index] == .done
        {
            return .stoppedAt(until)
        }
        return try await run(until: until, why: "")
    }

    /// Goes back, and rests there.
    package func rollBack(to point: RollbackPoint, by user: String) async throws -> End {
        try await beginRollback(to: point)
        return try await run(until: nil, why: "asked for by \(user)")
    }

    private func turnForward() async throws {
        try await journal.update { $0.machine.goForward() }
    }

    /// nil: go on.
    private func takeRollbackBack() async throws -> End? {
        let route = try await context.ledger.read { try $0.route() }
        let plan = context.plan
        guard let index = try TakingBack.step(await journal.record, route, plan) else { return nil }
        do {
            try await plan.steps[index].kind.work.takeBack(index, context)
        } catch StepFailure.stopped(let why, let hint) {
            return .failed("cannot take the rollback back: \(why)", hint: hint)
        } catch let error as FlipError {
            return .failed("cannot take the rollback back: \(FlipText.of(error))", hint: nil)
        }
        try await journal.update { TakingBack.turn(&$0, at: index) }
        await journal.note("rollback_taken_back", ["step": .string(plan.steps[index].name)])
        return nil
    }

    private func run(until: String?, why: String) async throws -> End {
        var why = why
        while true {
            let record = await journal.record
            switch record.machine.next {
            case .finish:
                try await journal.update { $0.outcome = .done }
                await journal.note("done")
                await notifier.send(.done, "the run is done")
                return .done
            case .restOnRollback:
                if try await isAskedForMore(&why) { continue }
                try await journal.update { $0.outcome = .rolledBack }
                await journal.note("rolled_back", ["why": .string(why)])
                await notifier.send(.rolledBack, why)
                return .rolledBack(why)
            case .waitForPerson(let index):
                return try await rest(index)
            case .undo(let index):
                if let end = try await tryUndo(index, &why) { return end }
            case .perform(let index):
                if let end = try await perform(index, &why) { return end }
                if until == context.plan.steps[index].name,
                    await journal.record.machine.states[index] == .done
                {
                    return .stoppedAt(context.plan.steps[index].name)
                }
            }
        }
    }

    private func rest(_ index: Int) async throws -> End {
        .failed(await journal.record.steps[index].message ?? "the step failed", hint: nil)
    }

    /// nil: go on.
    private func perform(_ index: Int, _ why: inout String) async throws -> End? {
        let step = context.plan.steps[index]
        let begun = context.time.unixTime
        if await journal.record.machine.states[index] != .running {
            try await journal.update { record in
                try record.machine.begin(index)
                record.steps[index].attempts += 1
                record.steps[index].begun = begun
                record.steps[index].ended = nil
                record.steps[index].message = nil
            }
            await journal.note("step_begun", ["step": .string(step.name)])
        }
        do {
            try await whileLedgerFails(index) { try await work(index) }
            let ended = context.time.unixTime
            try await journal.update { record in
                try record.machine.finish(index)
                record.steps[index].ended = ended
                record.steps[index].message = nil
            }
            await journal.note("step_done", ["step": .string(step.name)])
            try await context.clearWaiting()
            return nil
        } catch is CancellationError {
            throw CancellationError()
        } catch let failure as StepFailure {
            return try await handle(failure, at: index, &why)
        } catch let error as Diagnostic {
            return try await stop(index, error.message, error.hint, &why)
        } catch let error as StoreError {
            let hint =
                error.kind == .corrupt
                ? "mend or delete that record in the store itself, then apply again" : nil
            return try await stop(index, error.description, hint, &why)
        } catch let error as FlipError {
            return try await stop(index, FlipText.of(error), nil, &why)
        } catch let error as LedgerError {
            throw error  // What cannot be agreed on is no step's failure; apply goes on from here.
        } catch {
            return try await stop(index, String(describing: error), nil, &why)
        }
    }

    /// A ledger that does not answer for a while ends no step: each looks at what is done and does
    /// the rest, so it is begun again.
    private func whileLedgerFails(_ index: Int, _ work: () async throws -> Void) async throws {
        var failures = 0
        while true {
            do { return try await work() } catch let error as LedgerError where error.passes {
                failures += 1
                let message = String(describing: error)
                try await journal.update { $0.steps[index].message = message }
                await journal.note("ledger_failed", ["why": .string(message)])
                let pause = min(Duration.milliseconds(100) * (1 << min(failures, 7)), .seconds(10))
                try await context.time.sleep(for: pause)
            }
        }
    }

    /// The step's work, with its guards, its time limit and people's requests beside it: whichever
    /// ends first ends the others.
    private func work(_ index: Int) async throws {
        let step = context.plan.steps[index]
        let context = context
        let inbox = inbox
        if try await isAccepted(index) { return }
        let watch = GuardWatch(context: context, index: index)
        // What was asked for between two steps is not overtaken by the next one.
        try await inbox.obey()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await step.kind.work.perform(index, context)
                return true
            }
            if !step.guards.isEmpty || step.kind.word == .cutover {
                group.addTask {
                    try await watch.watch()
                    return false
                }
            }
            group.addTask {
                try await inbox.watch()
                return false
            }
            if let timeout = step.timeout {
                group.addTask {
                    try await context.time.sleep(for: timeout)
                    throw StepFailure.timedOut(timeout)
                }
            }
            try await RunExecutor.awaitWork(&group)
        }
        guard !step.guards.isEmpty else { return }
        do {
            try await watch.conclude()
        } catch let failure as StepFailure {
            guard case .guardInconclusive = failure else { throw failure }
            try await context.setNote(index, RunStatus.undecided, String(context.time.unixTime))
            throw failure
        }
    }

    /// Until the work is done, which says true; what fails beside it ends it.
    private static func awaitWork(
        _ group: inout ThrowingTaskGroup<Bool, any Error>
    ) async throws {
        defer { group.cancelAll() }
        while let isWork = try await group.next() { if isWork { break } }
        group.cancelAll()
        // A request that was taken in that very moment is not lost with its task.
        while let last = await group.nextResult() {
            if case .failure(let failure as StepFailure) = last, failure.isRequest { throw failure }
        }
    }

    /// The work is done and its guards could not say: a person who approved the step since then
    /// takes it as it is.
    private func isAccepted(_ index: Int) async throws -> Bool {
        let record = await journal.record
        guard let since = record.steps[index].notes[RunStatus.undecided].flatMap({ Double($0) })
        else { return false }
        try await context.setNote(index, RunStatus.undecided, nil)
        let approval = record.approvals.last { approval in
            approval.step == record.steps[index].name && approval.digest == context.digest
                && approval.time >= since
        }
        guard let approval else { return false }
        await journal.note(
            "guards_accepted",
            ["step": .string(approval.step), "user": .string(approval.user)])
        return true
    }

    private func handle(
        _ failure: StepFailure, at index: Int, _ why: inout String
    ) async throws -> End? {
        let name = context.plan.steps[index].name
        switch failure {
        case .stopped(let message, let hint):
            return try await stop(index, message, hint, &why)
        case .timedOut(let limit):
            return try await stop(index, "'\(name)' took longer than \(limit.seconds) s", nil, &why)
        case .guardFailed(let message):
            return try await onFailure(index, message, .guardFailed(message), &why)
        case .guardInconclusive(let message):
            // Its work was done, and what was seen is good as far as it goes: more is added to it.
            let isUndecided = await context.notes(index)[RunStatus.undecided] != nil
            try await pauseAt(index, message, .waiting, keepsSamples: isUndecided)
            await notifier.send(.waiting, message)
            return .waiting(message)
        case .needsPerson(let message):
            try await pauseAt(index, message, .waiting)
            await notifier.send(.waiting, message)
            return .waiting(message)
        case .paused(let user):
            try await pauseAt(index, "paused by \(user)", .paused)
            return .paused("paused by \(user)")
        case .rollbackRequested(let point, let user):
            why = "asked for by \(user)"
            try await beginRollback(to: point)
            return nil
        }
    }

    private func pauseAt(
        _ index: Int, _ message: String, _ outcome: RunRecord.Outcome, keepsSamples: Bool? = nil
    ) async throws {
        let mirrors = context.plan.steps[index].kind.word == .mirror
        try await journal.update { record in
            record.steps[index].message = message
            record.outcome = outcome
            if mirrors { record.steps[index].notes["watched_ms"] = nil }
        }
        // What begins its time anew, or was to be looked into by a person, begins its samples anew.
        if !(keepsSamples ?? !mirrors) { try await GuardSamples.forget(step: index, context) }
        try await context.clearWaiting()
        await journal.note("waiting", ["why": .string(message)])
    }

    private func stop(
        _ index: Int, _ message: String, _ hint: String?, _ why: inout String
    ) async throws -> End? {
        try await onFailure(index, message, .failed(message, hint: hint), &why)
    }

    /// What the plan says of a step that fails.
    private func onFailure(
        _ index: Int, _ message: String, _ end: End, _ why: inout String
    ) async throws -> End? {
        let step = context.plan.steps[index]
        let ended = context.time.unixTime
        try await journal.update { record in
            try record.machine.fail(index)
            record.steps[index].message = message
            record.steps[index].ended = ended
            record.outcome = .failed
        }
        try await context.clearWaiting()
        await journal.note(
            "step_failed", ["step": .string(step.name), "why": .string(message)])
        await notifier.send(.failed, message)
        why = message
        switch step.onFailure {
        case .pause: return end
        case .rollback: try await beginRollback(to: .stable)
        case .rollbackAll:
            let first = RollbackPoint.singleWrites.firstUndone(of: context.plan)
            let isEarly = index < first ?? 0 && step.kind.word != .createTarget
            try await beginRollback(to: isEarly ? .step(index) : .singleWrites)
        }
        return nil
    }

    private func beginRollback(to point: RollbackPoint) async throws {
        guard let first = point.firstUndone(of: context.plan) else { return }
        try await PointOfNoReturn(context: context).refuseRollback(to: first)
        try await journal.update { $0.machine.goBack(to: first) }
        await journal.note("rollback_begun", ["to": .string(context.plan.steps[first].name)])
    }

    /// nil: go on. Else why it ends here; the next rollback goes on from here.
    private func tryUndo(_ index: Int, _ why: inout String) async throws -> End? {
        let (message, hint): (String, String?)
        do {
            try await undo(index)
            return nil
        } catch StepFailure.stopped(let reason, let advice) {
            (message, hint) = (reason, advice)
        } catch StepFailure.paused(let user) {
            try await pauseAt(index, "paused by \(user), on the way back", .paused)
            return .paused("paused by \(user)")
        } catch StepFailure.rollbackRequested(let point, let user) {
            why = "asked for by \(user)"
            try await beginRollback(to: point)
            return nil
        } catch let error as Diagnostic {
            (message, hint) = (error.message, error.hint)
        } catch let error as FlipError {
            (message, hint) = (FlipText.of(error), nil)
        } catch let error as StoreError {
            (message, hint) = (error.description, nil)
        }
        let text = "cannot undo '\(context.plan.steps[index].name)': \(message)"
        try await journal.update { record in
            record.steps[index].message = text
            record.outcome = .failed
        }
        await journal.note("undo_failed", ["why": .string(text)])
        await notifier.send(.failed, text)
        return .failed(text, hint: hint ?? "then go on with: plan rollback \(context.plan.file)")
    }

    private func undo(_ index: Int) async throws {
        let step = context.plan.steps[index]
        try await whileLedgerFails(index) { try await undoBesideRequests(step, index) }
        try await journal.update { record in
            try record.machine.undone(index)
            record.steps[index].notes["watched_ms"] = nil
            record.steps[index].notes[RunStatus.undecided] = nil
        }
        await journal.note("step_undone", ["step": .string(step.name)])
        // A ledger that does not answer has to be waited for by the next step, not by this.
        try? await context.clearWaiting()
    }

    /// Going back may wait for long, for a source that does not answer: a person may pause it.
    private func undoBesideRequests(_ step: Step, _ index: Int) async throws {
        let (context, inbox) = (context, inbox)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await step.kind.work.undo(index, context)
                return true
            }
            group.addTask {
                try await inbox.watch()
                return false
            }
            try await RunExecutor.awaitWork(&group)
        }
    }

    /// Takes what was asked for since the last step was undone. False: nothing more is to be undone.
    private func isAskedForMore(_ why: inout String) async throws -> Bool {
        do {
            try await inbox.obey()
            return false
        } catch StepFailure.rollbackRequested(let point, let user) {
            why = "asked for by \(user)"
            try await beginRollback(to: point)
            return true
        } catch is StepFailure {
            // It rests anyway.
            return false
        }
    }
}
