package struct BackfillOptions: Hashable, Sendable {
    package var workers = 4
    /// Records in one read and one write.
    package var batchSize = 500
    /// Records a second, over all workers; nil: as fast as both stores allow.
    package var maxRate: Double?
    /// How many records the target may refuse for good before the step fails.
    package var maxRefused = 0

    package init() {}
}
