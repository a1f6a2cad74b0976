import PlanCore
import Synchronization

/// Intents and windows of this process whose outcome is unknown, with the time, on this
/// process's own clock, from which the quarantine counts.
///
/// They are kept by id: whether the ledger has them at all may be what is not known. Where a request
/// may have been sent under an intent its key is kept too: it is marked whether or not the intent
/// is still there.
package final class Orphans: Sendable {
    /// A window that may still be written under, and the chunk that waits for its end.
    package struct LostWindow: Hashable, Sendable {
        var id: Int64
        var chunk: ChunkName?
    }

    package struct LostIntent: Hashable, Sendable {
        package var id: Int64
        /// nil where nothing was sent under it.
        package var key: RecordID?
        /// The ledger has no such intent.
        package var isLate = false

        package init(id: Int64, key: RecordID?) {
            self.id = id
            self.key = key
        }
    }

    private struct State {
        var intents: [(intent: LostIntent, since: Duration)] = []
        var windows: [(window: LostWindow, since: Duration)] = []
    }

    private let state = Mutex(State())

    package init() {}

    package func add(unsent ids: [Int64], now: Duration) {
        state.withLock { $0.intents += ids.map { (LostIntent(id: $0, key: nil), now) } }
    }

    package func add(_ intents: [Intent], now: Duration) {
        state.withLock {
            $0.intents += intents.map { (LostIntent(id: $0.id, key: $0.key), now) }
        }
    }

    /// Keys that may yet be written to, without an intent, by who was struck off meanwhile.
    func add(late keys: [RecordID], _ session: Session) {
        let ids = session.identifiers.next(keys.count)
        state.withLock { state in
            for (id, key) in zip(ids, keys) {
                var intent = LostIntent(id: id, key: key)
                intent.isLate = true
                state.intents.append((intent, session.time.now))
            }
        }
    }

    package func add(window id: Int64, chunk: ChunkName? = nil, now: Duration) {
        state.withLock { $0.windows.append((LostWindow(id: id, chunk: chunk), now)) }
    }

    /// Takes those that have been in quarantine long enough.
    package func due(
        now: Duration, quarantine: Duration
    ) -> (intents: [LostIntent], windows: [LostWindow]) {
        func isDue(_ since: Duration) -> Bool { now - since >= quarantine }
        return state.withLock { state in
            defer {
                state.intents.removeAll { isDue($0.since) }
                state.windows.removeAll { isDue($0.since) }
            }
            return (
                state.intents.filter { isDue($0.since) }.map(\.intent),
                state.windows.filter { isDue($0.since) }.map(\.window)
            )
        }
    }

    /// They could not be cleaned up now: they are due again at once.
    func putBack(
        _ intents: [LostIntent], _ windows: [LostWindow], now: Duration, quarantine: Duration
    ) {
        state.withLock { state in
            state.intents += intents.map { ($0, now - quarantine) }
            state.windows += windows.map { ($0, now - quarantine) }
        }
    }

    /// Those that only this process knows of.
    var lateCount: Int { state.withLock { $0.intents.count { $0.intent.isLate } } }

    package var count: Int { state.withLock { $0.intents.count + $0.windows.count } }
}
