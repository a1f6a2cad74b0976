/// One entry of a plan's `steps`.
package struct Step: Hashable, Sendable {
    /// What happens when a guard fails, or the step itself.
    package enum OnFailure: String, Hashable, Sendable, CaseIterable {
        case pause
        /// To the last stable point: source authority, all reads on it, dual writes on.
        case rollback
        /// To single writes; the target stays where it is.
        case rollbackAll = "rollback_all"
    }

    /// Unique in its plan; the kind's word unless the plan names it.
    package var name: String
    package var kind: StepKind
    package var guards: [Guard]
    package var onFailure: OnFailure
    /// nil: none.
    package var timeout: Duration?
    /// Where the step begins in the plan, from 1.
    package var line: Int

    package init(
        _ kind: StepKind, name: String? = nil, guards: [Guard] = [], onFailure: OnFailure? = nil,
        timeout: Duration? = nil, line: Int = 0
    ) {
        self.kind = kind
        self.name = name ?? kind.word.rawValue
        self.guards = guards
        self.onFailure = onFailure ?? kind.word.onFailure
        self.timeout = timeout
        self.line = line
    }
}
