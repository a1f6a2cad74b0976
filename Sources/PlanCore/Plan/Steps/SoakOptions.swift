package struct SoakOptions: Hashable, Sendable {
    /// Only time in which guards were evaluated counts.
    package var duration: Duration

    package init(duration: Duration) { self.duration = duration }
}
