import PlanCore

/// Why a step did not end as it should.
package enum StepFailure: Error, Hashable, Sendable {
    /// The world or the plan stands in the way; a person can mend it and go on.
    case stopped(String, hint: String?)
    /// A guard failed.
    case guardFailed(String)
    /// A guard could not say.
    case guardInconclusive(String)
    /// It waits for a person, and this process does not.
    case needsPerson(String)
    case timedOut(Duration)
    /// A person asked for it.
    case paused(by: String)
    case rollbackRequested(RollbackPoint, by: String)

    /// Whether a person asked for it.
    var isRequest: Bool {
        switch self {
        case .paused, .rollbackRequested: true
        default: false
        }
    }
}

/// One kind of step: how it is done, and how it is undone. Both may be called again after a crash
/// at any moment.
protocol StepWork: Sendable {
    func perform(_ index: Int, _ context: RunContext) async throws
    func undo(_ index: Int, _ context: RunContext) async throws
    /// Puts right what an undoing that did not end has changed, while the target leads.
    func takeBack(_ index: Int, _ context: RunContext) async throws
}

extension StepWork {
    func takeBack(_ index: Int, _ context: RunContext) async throws {}
    func undo(_ index: Int, _ context: RunContext) async throws {}
}

extension StepKind {
    var work: any StepWork {
        switch self {
        case .createTarget: CreateTargetStep()
        case .attach(let options): AttachStep(options: options)
        case .dualWrite: DualWriteStep()
        case .backfill(let options): BackfillStep(options: options)
        case .createIndex(let spec): CreateIndexStep(spec: spec)
        case .verify(let options): VerifyStep(options: options)
        case .mirror(let options): MirrorStep(options: options)
        case .approval: ApprovalStep()
        case .cutover(let options): CutoverStep(options: options)
        case .soak(let options): SoakStep(options: options)
        case .detach(let options): DetachStep(options: options)
        case .decommission(let options): DecommissionStep(options: options)
        case .hook(let options): HookStep(options: options)
        }
    }
}
