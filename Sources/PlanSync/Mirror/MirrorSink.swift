import PlanCore

/// Where answered reads are offered for comparison. Never delays the answer: full means dropped.
package protocol MirrorSink: Sendable {
    func offer(_ read: MirroredRead, _ circumstances: Mirrored)
}

/// A read that the authority has answered, in the source's shape.
package enum MirroredRead: Hashable, Sendable {
    case search(Query, answer: [Hit])
    /// A search that was asked of both sides already; `followed` nil where it was not.
    case compared(Query, answer: [Hit], followed: [Hit]?)
    case get(keys: [RecordID], answer: [Record])
}

/// Under what the read was answered.
package struct Mirrored: Hashable, Sendable {
    package var route: Route
    package var side: Side
    /// On this process's monotonic clock.
    package var begun: Duration
    /// nil where it is not known.
    package var latency: Duration?
}

package struct NoMirror: MirrorSink {
    package init() {}
    package func offer(_ read: MirroredRead, _ circumstances: Mirrored) {}
}
