import PlanCore
import Synchronization

/// A ceiling on records a second, shared by the workers of one process and, in equal parts, with
/// other processes; changed at any time.
package final class RateLimit: Sendable {
    private struct State {
        var perSecond: Double?
        var shares = 1
        /// When the next record may go.
        var next: Duration
        /// Of the ceiling: who waits under an older one asks again.
        var edition = 0
    }

    /// The longest that a wait goes on under a ceiling that was lifted.
    private static let patience: Duration = .milliseconds(250)

    private let state: Mutex<State>
    private let time: any TimeSource

    /// nil: no ceiling.
    package init(perSecond: Double?, time: any TimeSource) {
        state = Mutex(State(perSecond: perSecond, next: time.now))
        self.time = time
    }

    package var perSecond: Double? { state.withLock(\.perSecond) }

    /// Whether nobody ever waits.
    package var isOpen: Bool { perSecond == nil }

    package func set(perSecond: Double?) { change { $0.perSecond = perSecond } }

    /// So many processes keep to it together.
    package func share(among count: Int) {
        guard state.withLock(\.shares) != count else { return }
        change { $0.shares = max(1, count) }
    }

    private func change(_ edit: (inout State) -> Void) {
        let now = time.now
        state.withLock { state in
            edit(&state)
            state.next = now
            state.edition += 1
        }
    }

    /// Waits until so many records may go.
    package func pass(_ records: Int) async throws {
        var turn = reserve(records)
        while true {
            let left = turn.start - time.now
            guard left > .zero else { return }
            try await time.sleep(for: min(left, RateLimit.patience))
            if state.withLock(\.edition) != turn.edition { turn = reserve(records) }
        }
    }

    private func reserve(_ records: Int) -> (start: Duration, edition: Int) {
        let now = time.now
        return state.withLock { state in
            guard let rate = state.perSecond, rate > 0 else { return (now, state.edition) }
            let start = max(state.next, now)
            state.next = start + .seconds(Double(records * state.shares) / rate)
            return (start, state.edition)
        }
    }
}
