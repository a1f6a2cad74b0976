/// The words that begin a step, in the order in which a plan may use them.
package enum StepWord: String, Hashable, Sendable, CaseIterable {
    case createTarget = "create_target"
    case attach
    case dualWrite = "dual_write"
    case backfill
    case createIndex = "create_index"
    case verify
    case mirror
    case approval
    case cutover
    case soak
    case detach
    case decommission
    case hook

    /// `shadow` is another word for `mirror`.
    package init?(text: String) {
        self.init(rawValue: text == "shadow" ? "mirror" : text)
    }

    /// Every spelling a plan may use.
    package static let spellings = allCases.map(\.rawValue) + ["shadow"]

    package var onFailure: Step.OnFailure {
        switch self {
        case .cutover, .soak: .rollback
        default: .pause
        }
    }
}
