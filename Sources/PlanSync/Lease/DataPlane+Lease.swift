import PlanCore

/// What applications ask that read and write the stores by themselves.
extension DataPlane {
    /// The route as it is, for whoever follows it without being counted.
    package func currentRoute() async throws -> Route {
        try checkReads()
        if attached == nil { _ = try await enterPassage() }
        return route
    }

    /// The route, for a reader that flips wait for. `holding`: the epoch that it follows already.
    /// nil: too many readers.
    package func tellRoute(to reader: String, holding: Int64?) async throws -> ToldRoute? {
        try checkReads()
        // A gateway that slept looks first.
        if let attached {
            try await attached.session.refreshIfStale()
        } else {
            _ = try await enterPassage()
        }
        let span = readerSpan
        if attached?.session.flaws.contains(.readerUncounted) == true {
            return ToldRoute(route: route, span: span, asksForReads: asksForReads(under: route))
        }
        return readers.renew(reader, holding: holding, view: view, now: time.now, span: span)
            .map { ToldRoute(route: $0, span: span, asksForReads: asksForReads(under: $0)) }
    }

    /// Whether reads by id go to the authority, or where `places` says.
    package func asksForReads(under route: Route) -> Bool {
        attached.map { !$0.reader.isPlain(route) } ?? false
    }

    /// How long a flip may wait for a reader that does not ask any more: it must leave a hold of
    /// writes the time that it needs for itself.
    package var readerSpan: Duration {
        let pause = attached?.session.settings.writePauseMax ?? SyncSettings().writePauseMax
        return max(.milliseconds(100), pause / 2)
    }

    /// Which side each key is to be read from, under a route that the reader holds.
    package func places(of keys: [RecordID]) async throws -> [RecordID: Side] {
        try checkReads()
        guard let reader = attached?.reader else {
            _ = try await enterPassage()
            return Dictionary(keys.map { ($0, Side.source) }, uniquingKeysWith: { $1 })
        }
        return try await reader.entered { try await reader.readers(of: keys, $0) }
    }

    /// Opens the intents of a write that the application carries out itself; nil where too many are
    /// under way. `keys` are distinct. Throws `WriteFailure`.
    package func begin(_ keys: [RecordID]) async throws -> WriteLease? {
        try checkWrites()
        guard !leases.isFull else { return nil }
        recent.note(keys, now: time.now)
        if let attached { return try await attached.leaser.begin(keys) }
        let route = view.enter()
        // A lease counts from the look: it shall be as long as any.
        await passage.look()
        let looked: Duration
        do { looked = try await enterPassage() } catch {
            view.leave(route)
            throw error
        }
        let until = looked + passage.quarantine / 2
        let name = leases.hold(
            .init(route: route, keys: keys, intents: [], asked: looked, until: until))
        return WriteLease(name: name, route: route, keys: keys, span: until - time.now)
    }

    /// What became of it.
    package func end(_ lease: String, _ outcome: LeasedOutcome) async -> LeaseEnd {
        switch leases.take(lease) {
        case .unknown: return .lapsed
        case .lapsed(let held):
            guard let session = held.session else {
                if await !passage.covers(held.asked, isKnown: false) {
                    remember(.keys(held.keys))
                }
                return .lapsed
            }
            await leaser(session).endLate(held, outcome)
            return .lapsed
        case .held(let held):
            guard let session = held.session else {
                defer { view.leave(held.route) }
                guard await passage.covers(held.asked, isKnown: outcome != .unknown) else {
                    remember(.keys(held.keys))
                    return .lapsed
                }
                return outcome == .nothing ? .untouched : outcome == .unknown ? .unknown : .settled
            }
            recent.note(held.intents.map(\.key), now: time.now)
            return await leaser(session).end(held, outcome)
        }
    }

    /// Of the session that the lease was given by: another may have been joined since.
    private func leaser(_ session: Session) -> LeasedWriter {
        LeasedWriter(
            session: session, gate: gate, writer: RecordWriter(session: session, gate: gate),
            leases: leases)
    }

    /// A search that the application asked of both sides itself.
    package func compare(_ query: Query, _ answers: LeasedAnswers) {
        guard let attached else { return }
        let route = view.route
        if let follower = route.follower, let latency = answers.followingLatency {
            var histogram = LatencyHistogram()
            histogram.add(latency)
            recorder.add("mirror.\(follower.rawValue)", histogram.counts)
        }
        attached.mirror.offer(
            .compared(query, answer: answers.leading, followed: answers.following),
            Mirrored(
                route: route, side: route.authority, begun: time.now,
                latency: answers.latency))
    }

    /// One call of the application's to a store, for rates and latencies.
    package func observe(_ call: ObservedCall) {
        guard attached != nil else {
            recorder.observeOutsideRun(
                call.operation, failed: call.failed, latency: call.latency)
            return
        }
        recorder.observe(
            call.operation, on: call.side, failed: call.failed, latency: call.latency)
    }
}

/// The route as one reader was told it.
package struct ToldRoute: Hashable, Sendable {
    package var route: Route
    /// How long reads may begin under it, counted from before it was asked for.
    package var span: Duration
    /// Where `places` says what side a key is to be read from; else from the authority.
    package var asksForReads: Bool
}

/// Both sides' answers to one search, in the source's ids; distances as the gateway has them:
/// smaller is nearer.
package struct LeasedAnswers: Hashable, Sendable {
    /// The authority's, and how long it took, where that is told with it.
    package var leading: [Hit]
    package var latency: Duration?
    /// The follower's; nil where the gateway shall ask.
    package var following: [Hit]?
    package var followingLatency: Duration?

    package init(
        leading: [Hit], latency: Duration?, following: [Hit]? = nil,
        followingLatency: Duration? = nil
    ) {
        self.leading = leading
        self.latency = latency
        self.following = following
        self.followingLatency = followingLatency
    }
}

/// How a call to one store went.
package struct ObservedCall: Hashable, Sendable {
    package var operation: StoreOperation
    package var side: Side
    package var failed: Bool
    package var latency: Duration

    package init(operation: StoreOperation, side: Side, failed: Bool, latency: Duration) {
        self.operation = operation
        self.side = side
        self.failed = failed
        self.latency = latency
    }
}
