import PlanCore
import Synchronization

/// Counts what a gateway sees: since the last flush for the ledger's observations, and in all for
/// its own metrics page.
package final class ObservationRecorder: StoreObserver {
    package struct Totals: Hashable, Sendable {
        package var calls: [String: Int64] = [:]
        package var failures: [String: Int64] = [:]
        package var latencies: [String: LatencyHistogram] = [:]
        package var events: [SyncEvent: Int64] = [:]
        package var mirror: [String: Int64] = [:]

        fileprivate mutating func add(
            _ operation: StoreOperation, on side: Side, failed: Bool, _ latency: LatencyHistogram
        ) {
            let name = "\(operation.rawValue).\(side.rawValue)"
            calls[name, default: 0] += 1
            if failed { failures[name, default: 0] += 1 }
            latencies[name, default: LatencyHistogram()].add(latency)
        }
    }

    private struct State {
        var totals = Totals()
        /// Metric → counts since the last flush.
        var fresh: [String: [String: Int64]] = [:]
        var sequence: Int64 = 0
        var mirrored: Int64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    package var totals: Totals { state.withLock(\.totals) }

    package func observe(
        _ operation: StoreOperation, on side: Side, failed: Bool, latency: Duration
    ) {
        let kind = operation.isWrite ? "write" : "read"
        var one = LatencyHistogram()
        one.add(latency)
        let counts = one.counts
        state.withLock { state in
            state.totals.add(operation, on: side, failed: failed, one)
            var fresh = state.fresh["\(kind).\(side.rawValue)"] ?? [:]
            fresh["n", default: 0] += 1
            if failed { fresh["failed", default: 0] += 1 }
            if !failed { fresh.merge(counts) { $0 + $1 } }
            state.fresh["\(kind).\(side.rawValue)"] = fresh
        }
    }

    /// A request that passed to the source before there was a run: for the metrics page, and no
    /// sample of any guard.
    package func observeOutsideRun(_ operation: StoreOperation, failed: Bool, latency: Duration) {
        var one = LatencyHistogram()
        one.add(latency)
        state.withLock { $0.totals.add(operation, on: .source, failed: failed, one) }
    }

    package func count(_ event: SyncEvent) {
        state.withLock { $0.totals.events[event, default: 0] += 1 }
    }

    /// Adds to one of the mirror's metrics.
    package func add(_ metric: String, _ counts: [String: Int64]) {
        state.withLock { state in
            state.fresh[metric, default: [:]].merge(counts) { $0 + $1 }
            if metric == "mirror" {
                state.totals.mirror.merge(counts) { $0 + $1 }
                for name in ["minus", "zero", "plus"] { state.mirrored += counts[name] ?? 0 }
            }
        }
    }

    /// Writes what is new into the ledger, every second, until cancelled.
    package func run(_ session: Session) async {
        while true {
            do { try await session.time.sleep(for: .seconds(1)) } catch { return }
            await flush(session)
        }
    }

    private func flush(_ session: Session) async {
        let (fresh, sequence, mirrored) = state.withLock { state in
            defer { state.fresh = [:] }
            if !state.fresh.isEmpty { state.sequence += 1 }
            return (state.fresh, state.sequence, state.mirrored)
        }
        guard !fresh.isEmpty else { return }
        let gateway = session.owner.number
        do {
            try await session.ledger.write(.relaxed) { ledger in
                for (metric, counts) in fresh.sorted(by: { $0.key < $1.key }) {
                    try ledger.insert(
                        Observation(
                            gateway: gateway, sequence: sequence, metric: metric, counts: counts))
                }
                if mirrored > 0 { try ledger.setStatus("mirrored", String(mirrored)) }
            }
        } catch {
            // Counted again with the next flush.
            state.withLock { state in
                for (metric, counts) in fresh {
                    state.fresh[metric, default: [:]].merge(counts) { $0 + $1 }
                }
            }
        }
    }
}
