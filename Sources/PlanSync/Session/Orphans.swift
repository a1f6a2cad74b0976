import PlanCore
import Synchronization

/// Intents and windows of this process whose outcome is unknown, with the time, on this
/// process's own clock, from which the quarantine counts.
package final class Orphans: Sendable {
    private let intents = Mutex<[(intent: Intent, since: Duration)]>([])
    private let windows = Mutex<[(window: Window, since: Duration)]>([])

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

    package func add(_ window: Window, now: Duration) {
        windows.withLock { $0.append((window, now)) }
    }

    package func dueWindows(now: Duration, quarantine: Duration) -> [Window] {
        windows.withLock { list in
            let due = list.filter { now - $0.since >= quarantine }.map(\.window)
            list.removeAll { now - $0.since >= quarantine }
            return due
        }
    }

    package var count: Int { intents.withLock(\.count) + windows.withLock(\.count) }
}
