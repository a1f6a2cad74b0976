import PlanCore

/// Before there is a run every request passes to the source.
extension DataPlane {
    /// Looks for a run, so that a request need not: called often while nothing is joined.
    package func lookForRun() async { await passage.look() }

    /// A write to the source alone.
    func pass(
        _ operation: WriteOperation, stray: Passage.Stray
    ) async throws -> WriteOperation.Sent {
        try await passing(operation.kind, stray: stray) { store in
            do {
                return try await operation.send(
                    to: store, side: .source, mapping: IdentityMapping())
            } catch let error as StoreError {
                throw WriteFailure.of(error, keys: operation.keys)
            }
        }
    }

    /// - Parameter stray: what a write must be remembered as that came too late; nil: a read.
    func passing<Value: Sendable>(
        _ operation: StoreOperation, stray: Passage.Stray? = nil,
        _ body: (any VectorStore) async throws -> Value
    ) async throws -> Value {
        try checkReads()
        let route = view.enter()
        defer { view.leave(route) }
        let looked = try await enterPassage()
        let begun = time.now
        do {
            let value = try await body(source)
            recorder.observeOutsideRun(operation, failed: false, latency: time.now - begun)
            if await passage.covers(looked, isKnown: true) { return value }
        } catch {
            recorder.observeOutsideRun(
                operation, failed: DataPlane.isFailure(error), latency: time.now - begun)
            if let stray, DataPlane.isUnknown(error),
                await !passage.covers(looked, isKnown: false)
            {
                remember(stray)
            }
            throw error
        }
        guard let stray else { throw DataPlane.joining }
        remember(stray)
        throw WriteFailure.slept(source, operation)
    }

    /// The time from which what is about to be sent to the source counts.
    func enterPassage() async throws -> Duration {
        guard let looked = await passage.enter() else { throw DataPlane.joining }
        return looked
    }

    /// As soon as there is a session, everything that the stray may have changed is marked.
    func remember(_ stray: Passage.Stray) {
        passage.add(stray)
        handOverStrays()
    }

    func handOverStrays() {
        guard let session else { return }
        for stray in passage.takeStrays() {
            switch stray {
            case .keys(let keys): session.orphans.add(late: keys, session)
            case .filter(let side): StrayFilter(session: session, side: side).markAll()
            }
        }
    }

    static let joining = WriteFailure.ledger(joiningText)
    static let joiningText =
        "the gateway is still joining its run; try again, and read its log if "
        + "this lasts"

    private static func isFailure(_ error: any Error) -> Bool {
        if case .refused? = error as? WriteFailure { return false }
        return (error as? StoreError)?.kind != .refused && !(error is CancellationError)
    }

    private static func isUnknown(_ error: any Error) -> Bool {
        if case .unknown? = error as? WriteFailure { return true }
        return (error as? StoreError)?.isDefinite == false || error is CancellationError
    }
}
