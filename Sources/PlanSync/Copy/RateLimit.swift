import PlanCore
import Synchronization

/// A ceiling on records a second, shared by the workers of one process; changed at any time.
package final class RateLimit: Sendable {
    private struct State {
        var perSecond: Double?
        /// When the next record may go.
        var next: Duration
    }

    private let state: Mutex<State>
    private let time: any TimeSource

    /// nil: no ceiling.
    package init(perSecond: Double?, time: any TimeSource) {
        state = Mutex(State(perSecond: perSecond, next: time.now))
        self.time = time
    }

    package var perSecond: Double? { state.withLock(\.perSecond) }

    package func set(perSecond: Double?) {
        let now = time.now
        state.withLock { state in
            state.perSecond = perSecond
            state.next = now
        }
    }

    /// Waits until so many records may go.
    package func pass(_ records: Int) async throws {
        let now = time.now
        let wait = state.withLock { state -> Duration in
            guard let rate = state.perSecond, rate > 0 else { return .zero }
            let start = max(state.next, now)
            state.next = start + .seconds(Double(records) / rate)
            return start - now
        }
        if wait > .zero { try await time.sleep(for: wait) }
    }
}
