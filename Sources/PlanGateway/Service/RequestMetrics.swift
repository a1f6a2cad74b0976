import PlanCore
import Synchronization

/// What the listener itself counts of the application's requests.
package final class RequestMetrics: Sendable {
    package struct Key: Hashable, Sendable, Comparable {
        package var operation: String
        package var status: Int

        package static func < (left: Key, right: Key) -> Bool {
            (left.operation, left.status) < (right.operation, right.status)
        }
    }

    package struct Totals: Sendable {
        package var requests: [Key: Int64] = [:]
        package var latencies: [String: LatencyHistogram] = [:]
    }

    private let state = Mutex(Totals())

    package init() {}

    package var totals: Totals { state.withLock { $0 } }

    package func add(operation: String, status: Int, latency: Duration) {
        state.withLock { totals in
            totals.requests[Key(operation: operation, status: status), default: 0] += 1
            totals.latencies[operation, default: LatencyHistogram()].add(latency)
        }
    }
}
