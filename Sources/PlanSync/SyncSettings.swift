/// The bounds of the write protocol.
package struct SyncSettings: Hashable, Sendable {
    /// Q: how long after an unknown outcome, or an owner's death, its requests may still land.
    package var quarantine: Duration = .seconds(15)
    /// How long the follower's leg may delay a client under `ack: both`.
    package var followerAckMax: Duration = .seconds(1)
    /// Writes on their way to the follower at once, at most; and how many there may be where the
    /// last of them took longer than that.
    package var followerLegsMax = 512
    /// What these hold, in bytes; one that hangs holds them for a whole deadline.
    package var followerBytesMax = 64 << 20
    package var followerLegsSlow = 12
    package var followerLatencySlow: Duration = .milliseconds(100)
    /// How long a held write waits before its client is told to come back.
    package var writePauseMax: Duration = .seconds(2)
    /// Held writes that wait at once, at most.
    package var heldWritesMax = 4_096
    /// How often a gateway looks at the route: at rest, and while writes are held.
    package var routePoll: Duration = .milliseconds(25)
    package var heldRoutePoll: Duration = .milliseconds(4)
    package var repairPoll: Duration = .milliseconds(50)
    /// Keys repaired under one transaction.
    package var repairBatch = 64
    /// Keys repaired or checked under one transaction where a read has to wait out a staleness.
    package var patientBatch = 1_000
    /// The longest pause between two tries to repair one key.
    package var repairBackoffMax: Duration = .seconds(30)
    package var reclaimPoll: Duration = .milliseconds(500)
    /// A delete by filter that names more ids than this is refused.
    package var deleteByFilterMax = 100_000

    package init() {}
}
