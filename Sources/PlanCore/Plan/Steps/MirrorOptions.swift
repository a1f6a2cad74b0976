package struct MirrorOptions: Hashable, Sendable {
    /// When a mirrored search counts as discrepant.
    package struct Compare: Hashable, Sendable {
        /// How many hits are compared, at most.
        package var k = 10
        /// Tie-tolerant overlap@k below this is a discrepancy; 0…1.
        package var minOverlap = 0.9

        package init() {}
    }

    /// The part of reads that is mirrored; above 0, at most 1.
    package var share = 1.0
    package var compare = Compare()
    /// The step is over when either is reached. One of them is always set.
    package var duration: Duration?
    /// Mirrored reads.
    package var count: Int?

    package init(duration: Duration? = nil, count: Int? = nil) {
        self.duration = duration
        self.count = count
    }
}
