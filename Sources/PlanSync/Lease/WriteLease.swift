import PlanCore

/// A write that the application carries out itself, under intents that a gateway holds for it.
package struct WriteLease: Hashable, Sendable {
    /// Never given twice, by no process.
    package var name: String
    /// Where to write: to the authority, then to the follower if there is one.
    package var route: Route
    package var keys: [RecordID]
    /// What the target calls the keys, in their order; nil where it is what the source calls them.
    package var targetIDs: [RecordID]?
    /// How long the application may send anything under it, counted from before it asked.
    package var span: Duration
}

/// What became of a write that the application carried out.
package enum LeasedOutcome: String, Hashable, Sendable, CaseIterable {
    /// All that the lease's route asks for was written, and acknowledged by the stores.
    case written
    /// The authority has it; the follower surely not, or not all of it.
    case followerFailed = "follower_failed"
    /// Surely nothing was changed in either store.
    case nothing
    /// Nobody can say.
    case unknown
}

/// How a lease ended.
package enum LeaseEnd: String, Hashable, Sendable {
    /// Both sides hold the write, and searches on either show it.
    case settled
    /// The authority holds it; the gateway brings the follower up to it.
    case repairing
    case untouched
    case unknown
    /// Its time was up before it was ended, or nobody here knows it: whether the write is kept
    /// cannot be said.
    case lapsed
}
