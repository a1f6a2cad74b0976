import PlanCore

extension RecordReader {
    /// What a read gave, of which side, and when that side was asked.
    struct Answer<Value: Sendable>: Sendable {
        var value: Value
        var side: Side
        var begun: Duration
    }

    /// One read of the application. The side that leads nothing gets `follower_ack_max` to answer:
    /// where it fails, or is late, the authority is asked, and the application sees neither. The
    /// observer, and so the guards, see both.
    func spared<Value: Sendable>(
        _ operation: StoreOperation, on side: Side, _ route: Route,
        _ read: @escaping @Sendable (Side, any VectorStore) async throws -> Value
    ) async throws -> Answer<Value> {
        let environment = session.environment
        let begun = session.time.now
        guard side != route.authority else {
            let value = try await environment.observed(operation, on: side) { store in
                try await read(side, store)
            }
            return Answer(value: value, side: side, begun: begun)
        }
        do {
            let value = try await environment.observed(operation, on: side) { store in
                try await inTime(operation, on: side) { try await read(side, store) }
            }
            return Answer(value: value, side: side, begun: begun)
        } catch let error as StoreError {
            let latency = session.time.now - begun
            let answer = try await instead(operation, route, read)
            // A fault of the request the authority has refused, too, and thrown.
            if error.kind == .refused { note(operation, failedBy: side, after: latency) }
            return answer
        }
    }

    /// What the observer took for no fault of the side, and was one: the authority answers it.
    func note(_ operation: StoreOperation, failedBy side: Side, after latency: Duration) {
        session.environment.observer.observe(operation, on: side, failed: true, latency: latency)
    }

    /// Of the authority, for a read that was the other side's.
    func instead<Value: Sendable>(
        _ operation: StoreOperation, _ route: Route,
        _ read: @escaping @Sendable (Side, any VectorStore) async throws -> Value
    ) async throws -> Answer<Value> {
        let environment = session.environment
        var authority = route.authority
        if operation == .get {
            // A read by id goes by the ledger's route, never by a gateway's own.
            do {
                authority = try await session.ledger.read { try $0.route() }.authority
            } catch is LedgerError {}
            // What may be read by id from the follower was settled there; an authority that lags
            // may not show it yet.
            try await environment.waitOutStaleness(of: authority)
        }
        environment.observer.count(.readRetried)
        let begun = session.time.now
        let value = try await environment.observed(operation, on: authority) { [authority] store in
            try await read(authority, store)
        }
        return Answer(value: value, side: authority, begun: begun)
    }

    private func inTime<Value: Sendable>(
        _ operation: StoreOperation, on side: Side,
        _ read: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let environment = session.environment
        let store = environment.store(side)
        // Where the authority lags, to ask it by id takes longer than that, too.
        let lag = operation == .get ? environment.staleness(of: side.other) : .zero
        let limit = max(session.settings.followerAckMax, lag)
        let late = StoreError(
            store: store.kind, operation: operation.rawValue, kind: .timeout,
            message: "it did not answer within \(limit.seconds) s (follower_ack_max)",
            isDefinite: true)
        return try await session.time.answer(within: limit, of: read) { throw late }
    }
}
