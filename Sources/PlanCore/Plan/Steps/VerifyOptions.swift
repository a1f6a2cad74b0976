package struct VerifyOptions: Hashable, Sendable {
    package enum Mode: String, Hashable, Sendable, CaseIterable {
        case count, sample, full, recall
    }

    package var mode = Mode.full
    /// Differences are mended, under intents.
    package var repair = false
    /// `sample`: how many keys are compared.
    package var sample = 1_000
    /// `recall`: how many stored vectors are searched for, and how many hits are compared.
    package var queries = 200
    package var k = 10
    package var workers = 4
    package var batchSize = 500
    /// Records a second, over all workers; nil: as fast as both stores allow.
    package var maxRate: Double?

    package init() {}
}
