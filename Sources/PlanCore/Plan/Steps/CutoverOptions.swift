package struct CutoverOptions: Hashable, Sendable {
    package enum Stage: Hashable, Sendable {
        /// The part of reads that goes to the target; above 0, at most 1, never less than before.
        case setWeight(Double)
        /// nil: until a person says `plan approve FILE STEP`.
        case pause(Duration?)
    }

    /// Empty: straight to the switch of authority.
    package var stages: [Stage] = []
    package var writePauseMax: Duration = .seconds(2)
    /// How often the three-flip switch is tried, with back-off, before it counts as a failure.
    package var attempts = 10
    /// For applications that do not go through the gateway; run after the flip. Each confirms.
    package var config: [ConfigChange] = []

    package init() {}
}
