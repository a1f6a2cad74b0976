package struct HookOptions: Hashable, Sendable {
    package var action: ExternalAction
    /// Undoes it; nil: nothing to undo.
    package var rollback: ExternalAction?

    package init(action: ExternalAction, rollback: ExternalAction? = nil) {
        self.action = action
        self.rollback = rollback
    }
}
