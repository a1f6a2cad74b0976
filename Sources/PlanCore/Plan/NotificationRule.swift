/// Who is told when a run changes state.
package struct NotificationRule: Hashable, Sendable {
    package enum Event: String, Hashable, Sendable, CaseIterable {
        /// A person is waited for.
        case waiting
        case failed
        case rolledBack = "rolled_back"
        case done
    }

    /// In the plan's order, without repetition.
    package var events: [Event]
    package var action: ExternalAction

    package init(events: [Event], action: ExternalAction) {
        self.events = events
        self.action = action
    }
}
