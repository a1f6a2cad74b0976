/// What a run leaves in its target, so that a second run on the same collection is refused.
package struct RunClaim: Hashable, Sendable {
    /// The ledger's id: one per run, for ever.
    package var run: String
    package var plan: String
    package var host: String
    /// Where the run's state lives, for a person to find it.
    package var state: String

    package init(run: String, plan: String, host: String, state: String) {
        self.run = run
        self.plan = plan
        self.host = host
        self.state = state
    }
}
