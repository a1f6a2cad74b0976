import PlanCore

/// Intents that this process holds, and since when. A process may sleep, be struck off, and wake
/// after others took over: before it sends anything under its intents, and before it tells anybody
/// that a write is kept, it makes sure that they are still its own.
///
/// An intent is reclaimed a quarantine after its owner was struck off at the earliest, so whoever
/// took less than half of one need not look. Between the look and the request's arrival nothing
/// protects but the store's own deadline.
struct Tenure: Sendable {
    /// The intents may be gone: nothing may be sent or acknowledged any more.
    struct Lapsed: Error {}

    let session: Session
    let intents: [Intent]
    var window: Int64?
    /// From before the intents were asked for, on this process's own clock.
    let asked: Duration

    func check() async throws {
        let isFresh = session.time.now - asked < session.settings.quarantine / 2
        if isFresh || session.flaws.contains(.sleeperUnchecked) { return }
        let (ids, window) = (intents.map(\.id), window)
        let areThere = try? await session.ledger.read { ledger in
            if let window, try ledger.window(window) == nil { return false }
            return try ids.allSatisfy { try ledger.intent($0) != nil }
        }
        guard areThere == true else { throw Lapsed() }
    }
}
