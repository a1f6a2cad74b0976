import PlanCore
import Synchronization

/// Intents and windows of this process whose outcome is unknown, with the time, on this
/// process's own clock, from which the quarantine counts.
package final class Orphans: Sendable {
    private let intents = Mutex<[(intent: Intent, since: Duration)]>([])

    package init() {}

    package func add(_ lost: [Intent], now: Duration) {
        intents.withLock { $0 += lost.map { ($0, now) } }
    }

    /// Takes those that have been in quarantine long enough.
    package func due(now: Duration, quarantine: Duration) -> [Intent] {
        intents.withLock { list in
            let due = list.filter { now - $0.since >= quarantine }.map(\.intent)
            list.removeAll { now - $0.since >= quarantine }
            return due
        }
    }

    package var count: Int { intents.withLock(\.count) }
}
