import PlanCore
import Synchronization

/// Keys that were written a moment ago through this process: their answers may differ for that.
package final class RecentWrites: Sendable {
    private let state = Mutex<[RecordID: Duration]>([:])
    private let span: Duration

    /// `span` is Δ: how long after its end a write still explains a difference.
    package init(span: Duration) { self.span = span }

    package func note(_ keys: [RecordID], now: Duration) {
        state.withLock { state in
            for key in keys { state[key] = now }
            if state.count > 10_000 { state = state.filter { now - $0.value <= span } }
        }
    }

    package func isRecent(_ key: RecordID, now: Duration) -> Bool {
        state.withLock { state in state[key].map { now - $0 <= span } ?? false }
    }
}
