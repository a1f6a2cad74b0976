/// What a step does, with its options.
package enum StepKind: Hashable, Sendable {
    case createTarget(CreateTargetOptions)
    case attach(AttachOptions)
    case dualWrite
    case backfill(BackfillOptions)
    /// The vector is named as the target names it.
    case createIndex(IndexSpec)
    case verify(VerifyOptions)
    case mirror(MirrorOptions)
    case approval
    case cutover(CutoverOptions)
    case soak(SoakOptions)
    case detach(DetachOptions)
    case decommission(DecommissionOptions)
    case hook(HookOptions)

    package var word: StepWord {
        switch self {
        case .createTarget: .createTarget
        case .attach: .attach
        case .dualWrite: .dualWrite
        case .backfill: .backfill
        case .createIndex: .createIndex
        case .verify: .verify
        case .mirror: .mirror
        case .approval: .approval
        case .cutover: .cutover
        case .soak: .soak
        case .detach: .detach
        case .decommission: .decommission
        case .hook: .hook
        }
    }
}
