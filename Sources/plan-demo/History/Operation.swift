/// One write as the application saw it. Keys have one writer each, so a key's writes are in order;
/// an outcome that is not known, or not known yet, has no
/// end.
struct WriteEvent: Hashable, Sendable {
    enum Outcome: Hashable, Sendable { case ok, failed, unknown }

    /// What the key holds after it: a version, or nothing.
    var version: Int?
    /// Seconds on the application's monotonic clock.
    var invoked: Double
    var ended: Double?
    var outcome: Outcome
}

/// One read by id: what came back, and when it was asked and answered.
struct ReadEvent: Hashable, Sendable {
    var key: Int64
    var version: Int?
    var invoked: Double
    var ended: Double
    /// Whether vector and payload spoke of different versions.
    var isTorn: Bool
}
