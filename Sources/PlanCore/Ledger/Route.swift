/// Where reads and writes go, for every process of a run. One row of the ledger.
///
/// Every change is a compare-and-swap to `epoch + 1`; it is done when every registered gateway
/// has acknowledged that epoch and drained what it began before.
package struct Route: Hashable, Sendable {
    package enum Acknowledgement: String, Hashable, Sendable {
        /// The client is answered when the authority has the write.
        case authority
        /// …when both have it, or the follower's time is up.
        case both
    }

    /// Only ever grows. 0 before the first flip.
    package var epoch: Int64
    /// Whose answer counts.
    package var authority: Side
    /// Kept in step; nil while writes are single.
    package var follower: Side?
    /// Share of reads that goes to the follower, percent, 0…100.
    package var weight: Int
    /// Share of reads that is also asked of the follower, to compare, percent, 0…100.
    package var mirror: Int
    package var acknowledgement: Acknowledgement
    /// Set while writes are held.
    package var hold: Hold?

    package init(
        epoch: Int64 = 0, authority: Side = .source, follower: Side? = nil, weight: Int = 0,
        mirror: Int = 0, acknowledgement: Acknowledgement = .authority, hold: Hold? = nil
    ) {
        self.epoch = epoch
        self.authority = authority
        self.follower = follower
        self.weight = weight
        self.mirror = mirror
        self.acknowledgement = acknowledgement
        self.hold = hold
    }

    package var isHeld: Bool { hold != nil }

    /// Which side a read goes to; `share` is the read's own place in 0..<100.
    package func reader(share: Int) -> Side {
        guard let follower, share < weight else { return authority }
        return follower
    }
}

/// Writes are held while authority moves.
///
///     holding ──drained, acknowledged──▶ switched ──acknowledged──▶ (resumed: no hold)
///        │                                  │
///        ▼ one flip                         ▼ reads back
///      (open)  ◀──── acknowledged ──── reverting
package struct Hold: Hashable, Sendable {
    package enum Stage: String, Hashable, Sendable {
        /// Writes held, reads as they were.
        case holding
        /// Reads on the follower, writes still held.
        case switched
        /// Reads back where they were, writes still held: an abort from `switched` under way.
        case reverting
    }

    package var stage: Stage
    /// What the weight was, and is again after an abort.
    package var weightBefore: Int
    /// How long a gateway lets this stand, on its own clock from first seeing it, before it
    /// aborts by itself.
    package var budget: Duration

    package init(stage: Stage, weightBefore: Int, budget: Duration) {
        self.stage = stage
        self.weightBefore = weightBefore
        self.budget = budget
    }
}
