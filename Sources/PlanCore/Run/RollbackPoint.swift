/// How far back a rollback goes.
package enum RollbackPoint: Hashable, Sendable {
    /// Source authority, all reads on the source, dual writes on. Nothing is dropped.
    case stable
    /// Single writes again; the target stays where it is.
    case singleWrites
    /// Undo this step too.
    case step(Int)

    /// The first step that is undone; nil where nothing would be.
    package func firstUndone(of plan: Plan) -> Int? {
        switch self {
        case .stable:
            guard
                var index = plan.steps.firstIndex(where: {
                    [.mirror, .cutover].contains($0.kind.word)
                })
            else { return nil }
            // An approval is for the switch that follows it: it is asked for again.
            if let cutover = plan.steps.firstIndex(where: { $0.kind.word == .cutover }) {
                index = cutover
                while index > 0, plan.steps[index - 1].kind.word == .approval { index -= 1 }
            }
            return index
        case .singleWrites:
            return plan.steps.firstIndex { $0.kind.word == .dualWrite }
        case .step(let index):
            return index
        }
    }
}
