import PlanCore

/// Sees how every request of the application to a store went: the source of rates and latencies.
package protocol StoreObserver: Sendable {
    func observe(_ operation: StoreOperation, on side: Side, failed: Bool, latency: Duration)
    func count(_ event: SyncEvent)
}

package enum StoreOperation: String, Hashable, Sendable, CaseIterable {
    case search, get, scan, count, upsert, update, delete

    package var isWrite: Bool {
        switch self {
        case .upsert, .update, .delete: true
        case .search, .get, .scan, .count: false
        }
    }
}

package enum SyncEvent: String, Hashable, Sendable, CaseIterable {
    case repaired
    case repairFailed = "repair_failed"
    case reclaimed
    case heldWrite = "held_write"
    case heldWriteRefused = "held_write_refused"
    /// Asked of the authority, since the other side failed or was late.
    case readRetried = "read_retried"
    case unknownOutcome = "unknown_outcome"
    /// The follower has not the index that the application made at the authority.
    case leftUnconfigured = "left_unconfigured"
    case refused
}

package struct NoObserver: StoreObserver {
    package init() {}
    package func observe(
        _ operation: StoreOperation, on side: Side, failed: Bool, latency: Duration
    ) {}
    package func count(_ event: SyncEvent) {}
}

extension SyncEnvironment {
    /// Runs one store call of the application and tells the observer.
    func observed<Result: Sendable>(
        _ operation: StoreOperation, on side: Side,
        _ body: (any VectorStore) async throws -> Result
    ) async throws -> Result {
        let begun = time.now
        do {
            let result = try await body(store(side))
            observer.observe(operation, on: side, failed: false, latency: time.now - begun)
            return result
        } catch {
            let failed = (error as? StoreError)?.kind != .refused && !(error is CancellationError)
            observer.observe(operation, on: side, failed: failed, latency: time.now - begun)
            throw error
        }
    }
}
