import Synchronization

/// How many writes of this process are on their way to the follower, and how long they take.
///
/// A follower slower than the application would let them pile up for ever: every key that is
/// written would have an intent open all the time, and nothing would ever be repaired or drained.
/// Then a write is not sent on: its keys are marked, and repair copies many of them in one request.
final class FollowerLoad: Sendable {
    private struct State {
        var underWay = 0
        var bytes = 0
        /// Of the write that ended last.
        var latency = Duration.zero
    }

    private let state = Mutex(State())

    /// False where the follower is behind: then nothing may be sent, and `leave` is not called.
    ///
    /// - Parameter bytes: what the write holds while it is under way.
    func enter(_ settings: SyncSettings, bytes: Int) -> Bool {
        state.withLock { state in
            let isSlow =
                state.underWay >= settings.followerLegsSlow
                && state.latency > settings.followerLatencySlow
            if isSlow || state.underWay >= settings.followerLegsMax { return false }
            // A write larger than all that may be under way goes alone.
            if state.bytes > 0, state.bytes + bytes > settings.followerBytesMax { return false }
            state.underWay += 1
            state.bytes += bytes
            return true
        }
    }

    func leave(after latency: Duration, bytes: Int) {
        state.withLock { state in
            state.underWay -= 1
            state.bytes -= bytes
            state.latency = latency
        }
    }
}
