package struct CreateTargetOptions: Hashable, Sendable {
    /// nil: the source's.
    package var distance: Distance?

    package init(distance: Distance? = nil) { self.distance = distance }
}
