import PlanCore

/// Whether a rollback that is under way can be taken back: while the target may still lead. What is
/// undone before the cutover lets the target fall behind, so that goes on to its end, and the next
/// `apply` does it anew.
package enum TakingBack {
    /// False where the run goes forward anyway.
    package static func isDue(_ record: RunRecord, _ plan: Plan) throws -> Bool {
        switch state(record) {
        case nil: return false
        case .reversible: return true
        case .final: break
        }
        throw Diagnostic(
            "the rollback is past its cutover: the source leads again",
            hint:
                "let it end with 'plan rollback \(plan.file)'; 'plan apply \(plan.file)' then does "
                + "what was undone once more")
    }

    /// nil: no rollback is under way.
    static func state(_ record: RunRecord) -> RunStatus.GoesBack? {
        guard case .back = record.machine.direction, case .undo(let index) = record.machine.next
        else { return nil }
        let cutover = record.steps.firstIndex { $0.kind == StepWord.cutover.rawValue }
        return cutover.map { index >= $0 } == true ? .reversible : .final
    }
}
