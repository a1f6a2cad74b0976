import PlanCore

/// Why a flip was not made. The route is as it was, or on its way back.
package enum FlipError: Error, Hashable, Sendable {
    /// Somebody else changed the route meanwhile.
    case overtaken(expected: Int64, found: Int64)
    /// Writes could not be drained within the pause budget, in so many attempts.
    case overBudget(attempts: Int, Unsettled)
    /// More keys refused by the follower than the plan allows.
    case refusedKeys(Int, allowed: Int)
    /// The route is not one from which this can be done.
    case impossible(String)
}

/// What a flip is waiting for, for people to see.
package enum FlipProgress: Hashable, Sendable {
    case gateways(Barrier)
    case settling(Unsettled)
    case held(attempt: Int)
    case backingOff(attempt: Int, Duration)
}
