import PlanCore
import Synchronization

/// The whole data plane of one gateway: where the application's requests go, before a run, during
/// it and after.
///
/// Before there is a ledger every request passes to the source. `attach` joins the run; what was in
/// flight until then is drained before the first acknowledgement.
package final class DataPlane: Sendable {
    struct Attached: Sendable {
        let session: Session
        let writer: RecordWriter
        let reader: RecordReader
        let deleter: FilterWriter
        let leaser: LeasedWriter
        let mirror: Mirror
    }

    package let source: any VectorStore
    package let recorder: ObservationRecorder
    package let gate = HoldGate()
    let view: RouteView
    let time: any TimeSource
    let readers = ReaderLeases()
    let leases: WriteLeases
    let passage: Passage
    /// Whether the plan's two stores are of one kind and hold records alike.
    private let isAlike: Bool
    let recent = RecentWrites(span: Mirror.writeSpan)
    private let joined = Mutex<Attached?>(nil)
    private struct Refusal {
        var writes: String?
        var reads: String?
    }

    /// Set where there should be a ledger and is none.
    private let refusal = Mutex(Refusal())

    /// - Parameters:
    ///   - quarantine: for how long a request that was given up may still land.
    ///   - hasRun: whether there is a run to join, or to recover.
    package init(
        source: any VectorStore, recorder: ObservationRecorder, time: any TimeSource,
        isAlike: Bool = false, quarantine: Duration = SyncSettings().quarantine,
        hasRun: @escaping @Sendable () async -> Bool = { false }
    ) {
        self.source = source
        self.recorder = recorder
        self.time = time
        self.isAlike = isAlike
        view = RouteView(now: time.now)
        passage = Passage(time: time, quarantine: quarantine, hasRun: hasRun)
        leases = WriteLeases(stamp: String(Int64(time.unixTime * 1_000_000), radix: 36))
    }

    var attached: Attached? { joined.withLock { $0 } }
    package var session: Session? { attached?.session }
    package var route: Route { view.route }

    /// Where the ledger that should be there is not. Reads are refused too where the source may no
    /// longer be the authority.
    package func refuse(_ why: String?, readsToo: Bool) {
        refusal.withLock { $0 = Refusal(writes: why, reads: readsToo ? why : nil) }
    }

    /// There is a run: until it is joined nothing may pass, for writes may go to both stores and
    /// the source may not be the authority any more.
    package func refuseUntilJoined() {
        refuse(DataPlane.joiningText, readsToo: true)
    }

    /// Joins the run and works for it until cancelled: acknowledges flips, repairs, reclaims,
    /// mirrors. Throws where it could not join, or was struck off and has to join again.
    package func run(
        _ environment: SyncEnvironment, name: String, host: String, process: Int32,
        compare: MirrorOptions.Compare, sink: any DiscrepancySink
    ) async throws {
        let session = try await Session.join(
            environment, gateway: name, host: host, process: process, view: view,
            passage: passage)
        let mirror = Mirror(
            session: session, recorder: recorder, recent: recent, compare: compare, sink: sink)
        let writer = RecordWriter(session: session, gate: gate)
        joined.withLock {
            $0 = Attached(
                session: session, writer: writer,
                reader: RecordReader(session: session, mirror: mirror),
                deleter: FilterWriter(session: session, gate: gate),
                leaser: LeasedWriter(
                    session: session, gate: gate, writer: writer, leases: leases),
                mirror: mirror)
        }
        refuse(nil, readsToo: false)
        handOverStrays()
        let recorder = recorder
        do {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { [self] in try await follow(session, name) }
                group.addTask { await RepairLoop(session: session).run() }
                group.addTask { await Reclaimer(session: session).run() }
                group.addTask { await session.jobs.run() }
                group.addTask { await recorder.run(session) }
                group.addTask { await mirror.run() }
                group.addTask { [self] in await expireLeases() }
            }
        } catch {
            await leave(session)
            throw error
        }
        await leave(session)
    }

    private func leave(_ session: Session) async {
        leases.expire(view, now: time.now, session: session)
        await session.leave(isDrained: readers.count == 0)
    }

    private func expireLeases() async {
        while true {
            do { try await time.sleep(for: .milliseconds(20)) } catch { return }
            readers.expire(view, now: time.now)
            leases.expire(view, now: time.now)
        }
    }

    /// Where it is struck off it lets what is under way end, and marks what is in doubt, before it
    /// gives up the session.
    private func follow(_ session: Session, _ name: String) async throws {
        do {
            try await GatewayLoop(session: session, name: name).run()
        } catch {
            refuseUntilJoined()
            while view.inFlight > 0 || session.orphans.count > 0 {
                try await time.sleep(for: .milliseconds(20))
            }
            throw error
        }
    }

    /// Requests and background legs that have not ended.
    package var inFlight: Int { view.inFlight }

    /// What may yet have to be marked: outcomes in doubt, and writes that came too late.
    package var doubts: Int { (session?.orphans.count ?? 0) + passage.strayCount }

    /// Of these, what nobody but this process knows of.
    package var ownDoubts: Int { (session?.ownDoubts ?? 0) + passage.strayCount }

    /// Before the process ends: until what only it knows of is marked. False where that took longer
    /// or was cancelled.
    @discardableResult
    package func awaitOwnDoubts(atMost limit: Duration) async -> Bool {
        let until = time.now + limit
        while ownDoubts > 0 {
            guard time.now < until else { return false }
            do { try await time.sleep(for: .milliseconds(20)) } catch { return ownDoubts == 0 }
        }
        return true
    }

    package func write(_ operation: WriteOperation) async throws -> [RecordID] {
        defer { recent.note(operation.keys, now: time.now) }
        recent.note(operation.keys, now: time.now)
        try checkWrites()
        if let attached = attached {
            return try await attached.writer.perform(operation)
        }
        return try await pass(operation, stray: .keys(operation.keys)).missing
    }

    package func delete(matching filter: Filter) async throws -> Int? {
        try checkWrites()
        if let attached = attached {
            return try await attached.deleter.delete(matching: filter)
        }
        return try await passing(.delete, stray: .filter(.source)) {
            try await $0.delete(matching: filter)
        }
    }

    /// A write by filter in the authority's own API. How many records it changed, where the store
    /// tells.
    package func apply(
        _ request: ForwardedRequest, matching keys: @escaping MatchingKeys
    ) async throws -> Int? {
        try checkWrites()
        if let attached = attached {
            return try await attached.deleter.perform(.forwarded(request, matching: keys))
        }
        return try await pass(.forwarded(request, keys: []), stray: .filter(.source)).changed
    }

    func checkWrites() throws {
        if let why = refusal.withLock({ $0.writes }) { throw WriteFailure.ledger(why) }
    }

    /// Why reads are not answered now; nil where they are.
    package var refusedReads: String? {
        get async {
            if let why = refusal.withLock({ $0.reads }) { return why }
            if attached != nil { return nil }
            return await passage.enter() == nil ? DataPlane.joiningText : nil
        }
    }

    func checkReads() throws {
        if let why = refusal.withLock({ $0.reads }) { throw WriteFailure.ledger(why) }
    }

    package func get(_ keys: [RecordID], _ projection: Projection) async throws -> [Record] {
        try checkReads()
        if let attached = attached {
            return try await attached.reader.get(keys, projection)
        }
        return try await passing(.get) { try await $0.get(keys, projection) }
    }

    package func search(_ query: Query) async throws -> [Hit] {
        try checkReads()
        if let attached = attached {
            return try await attached.reader.search(query)
        }
        return try await passing(.search) { try await $0.search(query) }
    }

    package func scan(
        after cursor: RecordID?, limit: Int, matching filter: Filter?, _ projection: Projection
    ) async throws -> (records: [Record], next: RecordID?) {
        try checkReads()
        if let attached = attached {
            return try await attached.reader.scan(
                after: cursor, limit: limit, matching: filter, projection)
        }
        let page = try await passing(.scan) { store in
            try await store.scan(.all, after: cursor, limit: limit, matching: filter, projection)
        }
        return (page, page.count < limit ? nil : page.last?.id)
    }

    package func count(matching filter: Filter?) async throws -> Int {
        try checkReads()
        if let attached = attached {
            return try await attached.reader.count(matching: filter)
        }
        return try await passing(.count) { try await $0.count(matching: filter) }
    }

    /// Whose requests of this API need no translation, as the route is now.
    package func forwarding(_ kind: String) -> Forwarding {
        let route = route
        guard let session else {
            return Forwarding(
                authority: source.kind == kind && source is any ForwardingStore, follower: false,
                isSplit: false, isMirrored: false,
                takesWrites: isAlike && source.kind == kind && source is any ForwardingStore,
                leader: .source)
        }
        let environment = session.environment
        return Forwarding(
            authority: environment.forwarding(kind, route.authority) != nil,
            follower: route.follower.flatMap { environment.forwarding(kind, $0) } != nil,
            isSplit: route.weight > 0, isMirrored: route.mirror > 0,
            takesWrites: Side.allCases.allSatisfy { environment.forwarding(kind, $0) != nil },
            leader: route.authority)
    }

    /// The answer as it came; nil where the read must be translated.
    package func forward(
        _ request: ForwardedRequest, _ operation: StoreOperation, to place: ReadPlace,
        mirrored: @Sendable (ForwardedAnswer) -> [MirroredRead]
    ) async throws -> ForwardedAnswer? {
        try checkReads()
        if let attached = attached {
            return try await attached.reader.forward(
                request, operation, to: place, mirrored: mirrored)
        }
        guard source.kind == request.kind, source is any ForwardingStore else { return nil }
        return try await passing(operation) { store in
            try await (store as? any ForwardingStore)?.forward(request)
        }
    }

    /// What does not concern the records that move goes to the source's server, whoever is the
    /// authority; nil where that speaks another API.
    package func passThrough(_ request: ForwardedRequest) async throws -> ForwardedAnswer? {
        guard source.kind == request.kind, let store = source as? any ForwardingStore else {
            return nil
        }
        return try await store.forward(request)
    }
}
