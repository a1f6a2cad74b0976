import PlanCore

/// What every part of the data plane works with: the ledger, both stores, the pair between them,
/// and the clock.
package struct SyncEnvironment: Sendable {
    package var ledger: any Ledger
    package var source: any VectorStore
    package var target: any VectorStore
    /// The mirror's own connections, so that no request of the application's waits for one of its
    /// reads; nil: it has none.
    package var mirrorStores: StorePair?
    package var mapping: any RecordMapping
    package var time: any TimeSource
    package var settings: SyncSettings
    package var flaws: ProtocolFlaws
    package var crashPoints: any CrashPoints
    package var observer: any StoreObserver
    /// Throws a definite `StoreError` where a side's collection is not the one that the run knows:
    /// dropped and made anew, it says of every record that it is not there.
    package var confirm: @Sendable (Side) async throws -> Void
    /// Throws one where a side holds nothing at all and the other much, and its store could not tell
    /// if it was made anew: before a walk deletes for what a side does not hold.
    package var confirmFilled: @Sendable (Side) async throws -> Void

    package init(
        ledger: any Ledger, source: any VectorStore, target: any VectorStore,
        mirrorStores: StorePair? = nil, mapping: any RecordMapping, time: any TimeSource,
        settings: SyncSettings = SyncSettings(),
        flaws: ProtocolFlaws = [], crashPoints: any CrashPoints = NoCrashPoints(),
        observer: any StoreObserver = NoObserver(),
        confirm: @escaping @Sendable (Side) async throws -> Void = { _ in },
        confirmFilled: @escaping @Sendable (Side) async throws -> Void = { _ in }
    ) {
        self.ledger = ledger
        self.source = source
        self.target = target
        self.mirrorStores = mirrorStores
        self.mapping = mapping
        self.time = time
        self.settings = settings
        self.flaws = flaws
        self.crashPoints = crashPoints
        self.observer = observer
        self.confirm = confirm
        self.confirmFilled = confirmFilled
    }

    /// The same with the mirror's connections.
    var ofMirror: SyncEnvironment {
        guard let mirrorStores else { return self }
        var changed = self
        changed.source = mirrorStores.source
        changed.target = mirrorStores.target
        return changed
    }

    package func store(_ side: Side) -> any VectorStore { side == .source ? source : target }

    /// The store of a side where requests of this API need no translation.
    func forwarding(_ kind: String, _ side: Side) -> (any ForwardingStore)? {
        let store = store(side)
        guard store.kind == kind, side == .source || mapping.isIdentity else { return nil }
        return store as? any ForwardingStore
    }

    /// Whether a range of the source is a range of the target that can be walked by itself.
    var walksTogether: Bool {
        mapping.keepsOrder && !target.capabilities.listsForEveryRange
    }

    /// What tells the keys of the target's records.
    var keyProjection: Projection { mapping.keepsOrder ? .idsOnly : .withoutVectors }

    /// How far behind a read of this side may be.
    func staleness(of side: Side) -> Duration { store(side).capabilities.stalenessBound }

    /// Whether reads of any side may be behind.
    var lags: Bool { staleness(of: .source) > .zero || staleness(of: .target) > .zero }

    /// After the ledger transaction that opened a check, before it reads both sides: a stale look
    /// at the follower would find equal what is not, as one at the authority would.
    func waitOutStaleness() async throws {
        try await waitOut(max(staleness(of: .source), staleness(of: .target)))
    }

    /// After the transaction that opened a window, before its read of one side.
    func waitOutStaleness(of side: Side) async throws { try await waitOut(staleness(of: side)) }

    /// `bound`: of what is read next, from the transaction on that has just ended.
    func waitOut(_ bound: Duration) async throws {
        if waits(bound) { try await time.sleep(for: bound) }
    }

    func waits(_ bound: Duration) -> Bool {
        bound > .zero && !flaws.contains(.readStaleAuthority)
    }
}
