/// A promise, durable before any store call: this key is about to be changed.
package struct Intent: Hashable, Sendable {
    package enum Purpose: String, Hashable, Sendable {
        case write, repair, check
    }

    /// Unique in the run: the owner's number and its own counter.
    package var id: Int64
    package var key: RecordID
    package var owner: Int64
    /// The epoch read in the transaction that inserted it.
    package var epoch: Int64
    /// The authority at that epoch: the direction in which it copies.
    package var authority: Side
    package var purpose: Purpose

    package init(
        id: Int64, key: RecordID, owner: Int64, epoch: Int64, authority: Side, purpose: Purpose
    ) {
        self.id = id
        self.key = key
        self.owner = owner
        self.epoch = epoch
        self.authority = authority
        self.purpose = purpose
    }
}

/// A key whose follower may differ: to be repaired when no intent is open on it.
package struct DirtyKey: Hashable, Sendable {
    package var key: RecordID
    /// Unix seconds, for people and for `repair_age`.
    package var since: Double
    package var attempts: Int

    package init(key: RecordID, since: Double, attempts: Int) {
        self.key = key
        self.since = since
        self.attempts = attempts
    }
}

/// A key that a side will never take; apart from the dirty ones, or it would block flips.
package struct RefusedKey: Hashable, Sendable {
    package var key: RecordID
    /// The side that refused it: the follower of that time. It may lead by now.
    package var side: Side
    package var reason: String

    package init(key: RecordID, side: Side, reason: String) {
        self.key = key
        self.side = side
        self.reason = reason
    }
}
