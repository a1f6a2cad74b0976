import PlanCore

/// Taking back a rollback that is under way, which can be done while the target leads. Before the
/// cutover a rollback lets the target fall behind, so it goes on to its end, and the next `apply`
/// does it all anew.
enum TakingBack {
    /// The step that is being undone; nil where the run goes forward anyway.
    static func step(_ record: RunRecord, _ route: Route, _ plan: Plan) throws -> Int? {
        switch (state(record, route), record.machine.next) {
        case (.reversible, .undo(let index)): return index
        case (nil, _): return nil
        default: break
        }
        throw Diagnostic(
            "the rollback is past its cutover: the source leads again",
            hint:
                "let it end with 'plan rollback \(plan.file)'; 'plan apply \(plan.file)' then does "
                + "what was undone once more")
    }

    /// nil: no rollback is under way.
    static func state(_ record: RunRecord, _ route: Route?) -> RunStatus.GoesBack? {
        guard case .back = record.machine.direction, case .undo(let index) = record.machine.next
        else { return nil }
        let cutover = record.steps.firstIndex { $0.kind == StepWord.cutover.rawValue }
        let isAfter = cutover.map { index >= $0 } ?? false
        // `run.json` may not know yet what the route says.
        return isAfter && route?.authority == .target ? .reversible : .final
    }

    /// Once what the step's undoing changed is put right. A cutover stays done: its guards were judged
    /// while the source answered. What a person said of this rollback says nothing of the next.
    static func turn(_ record: inout RunRecord, at index: Int) {
        let isStillDone =
            record.steps[index].kind == StepWord.cutover.rawValue
            && record.machine.states[index] == .done
        record.machine.takeBack(isStillDone: isStillDone)
        for step in record.steps.indices {
            record.steps[step].notes[LeftBehind.note] = nil
            record.steps[step].notes[RunStatus.undecided] = nil
        }
        if isStillDone { record.steps[index].message = nil }
    }
}
