import PlanCore

/// The keys of the records that a request's own filter names, at most so many.
package typealias MatchingKeys =
    @Sendable (_ store: any ForwardingStore, _ limit: Int) async throws -> [RecordID]

/// A write by filter: a window over the whole collection, an intent on every id that matches, and
/// then the filter operation itself to the authority. Expanding it to deletes by id would lose a
/// concurrent update that moves a record out of the filter.
package struct FilterWriter: Sendable {
    private let session: Session
    private let gate: HoldGate

    package init(session: Session, gate: HoldGate) {
        self.session = session
        self.gate = gate
    }

    package enum Change: Sendable {
        case delete(Filter)
        /// In the API of both stores, filter and all.
        case forwarded(ForwardedRequest, matching: MatchingKeys)
    }

    package func delete(matching filter: Filter) async throws -> Int? {
        try await perform(.delete(filter))
    }

    /// How many records it changed, where the store tells.
    package func perform(_ change: Change) async throws -> Int? {
        try await gate.passing(session) { entered in
            if entered.isHeld { return .held }
            if entered.follower == nil { return .passed(try await single(change, entered)) }
            let asked = session.time.now
            guard let window = try await open() else { return .held }
            return try await perform(change, under: window, asked: asked)
        }
    }

    /// To the authority alone; who was struck off meanwhile may have written to one that no longer
    /// is, and has everything looked at.
    private func single(_ change: Change, _ route: Route) async throws -> Int? {
        let tenure = Tenure(single: session)
        try await tenure.checkUnsent()
        let side = route.authority
        let count: Int?
        do {
            count = try await send(change, to: side, listed: nil)
        } catch WriteFailure.unknown(let error) {
            if await !tenure.stands { StrayFilter(session: session, side: side).markAll() }
            throw WriteFailure.unknown(error)
        }
        guard await tenure.stands else {
            StrayFilter(session: session, side: side).markAll()
            throw slept(on: side)
        }
        return count
    }

    private func slept(on side: Side) -> WriteFailure {
        session.environment.observer.count(.unknownOutcome)
        return .slept(session.environment.store(side), .delete)
    }

    private func open() async throws -> Window? {
        let owner = session.owner.number
        let identifier = session.identifiers.next()
        let flaws = session.flaws
        do {
            return try await session.open(window: identifier) { ledger in
                try ledger.openWindow(
                    .all, purpose: .deleteByFilter, id: identifier, owner: owner, flaws: flaws)
            }
        } catch {
            throw WriteFailure.ledger(String(describing: error))
        }
    }

    private func perform(
        _ change: Change, under window: Window, asked: Duration
    ) async throws -> GateAnswer<Int?> {
        let side = window.authority
        let (route, intents): (Route, [Intent])
        do {
            // What was written just before may match, and not be shown yet.
            try await session.environment.waitOutStaleness(of: side)
            let listed = try await list(change, on: side)
            guard let begun = try await begin(listed) else {
                // Writes are held by now; wait, and begin again.
                await close(window, [], marking: false)
                return .held
            }
            (route, intents) = begun
        } catch {
            await close(window, [], marking: false)
            throw error
        }
        await session.environment.crashPoints.reach(.afterBegin)
        let tenure = Tenure(
            session: session, intents: intents, window: window.id, asked: asked)
        do { try await tenure.checkUnsent() } catch {
            await close(window, intents, marking: false)
            throw error
        }
        do {
            let count = try await send(
                change, to: side, listed: intents.map(\.key))
            await session.environment.crashPoints.reach(.authorityAcknowledged)
            try await tenure.check()
            guard let marked = await close(window, intents, marking: true) else {
                throw Tenure.Lapsed()
            }
            // Searches may go to the follower, which has what was deleted until it is repaired.
            if route.acknowledgement == .both {
                let limit = session.time.now + session.settings.followerAckMax
                await session.awaitSettled(marked, until: limit)
            }
            return .passed(count)
        } catch WriteFailure.failed(let error) {
            await close(window, intents, marking: false)
            throw WriteFailure.failed(error)
        } catch {
            // It may still land: window and intents stay until it no longer can.
            session.orphans.add(intents, now: session.time.now)
            session.orphans.add(window: window.id, now: session.time.now)
            if await !tenure.stands {
                // The window was closed before it landed: what matched by then nobody noted.
                StrayFilter(session: session, side: side).markAll()
            }
            throw error is Tenure.Lapsed ? slept(on: side) : error
        }
    }

    /// Durable before the operation is sent: a crash leaves every listed key to be repaired. nil
    /// where writes are held.
    private func begin(_ keys: [RecordID]) async throws -> (Route, [Intent])? {
        let ids = session.identifiers.next(keys.count)
        let owner = session.owner.number
        let since = session.time.unixTime
        let flaws = session.flaws
        let answer = try await session.open(intents: ids) {
            try $0.begin(keys, ids: ids, owner: owner, since: since, flaws: flaws)
        }
        if case .begun(let route, let intents) = answer { return (route, intents) }
        return nil
    }

    private func list(_ change: Change, on side: Side) async throws -> [RecordID] {
        switch change {
        case .delete(let filter): return try await list(filter, on: side)
        case .forwarded(let request, let matching):
            guard let store = session.environment.forwarding(request.kind, side) else {
                return []
            }
            let limit = session.settings.deleteByFilterMax
            let keys = try await matching(store, limit + 1)
            guard keys.count <= limit else { throw FilterWriter.tooMany(limit) }
            return keys
        }
    }

    private static func tooMany(_ limit: Int) -> WriteFailure {
        .refused([
            .string("filter"): "it names more than \(limit) records; write in smaller parts while "
                + "the migration runs"
        ])
    }

    private func list(_ filter: Filter, on side: Side) async throws -> [RecordID] {
        let environment = session.environment
        let mapping = environment.mapping
        var keys: [RecordID] = []
        var cursor: RecordID?
        while true {
            let page = try await environment.store(side).scan(
                .all, after: cursor, limit: 1_000, matching: mapping.filter(filter, for: side),
                .withoutVectors)
            keys += page.compactMap { mapping.key(of: $0, on: side) }
            guard keys.count <= session.settings.deleteByFilterMax else {
                throw FilterWriter.tooMany(session.settings.deleteByFilterMax)
            }
            guard page.count == 1_000, let last = page.last else { return keys }
            cursor = last.id
        }
    }

    private func send(
        _ change: Change, to side: Side, listed: [RecordID]?
    ) async throws -> Int? {
        let environment = session.environment
        await environment.crashPoints.reach(.authoritySent)
        let isExpanded = session.flaws.contains(.deleteByFilterExpanded)
        do {
            guard case .delete(let filter) = change else {
                guard case .forwarded(let request, _) = change else { return nil }
                let operation = WriteOperation.forwarded(request, keys: [])
                return try await environment.observed(.update, on: side) { store in
                    try await operation.send(to: store, side: side, mapping: environment.mapping)
                }.changed
            }
            return try await environment.observed(.delete, on: side) { store in
                guard let translated = environment.mapping.filter(filter, for: side) else {
                    return nil
                }
                if isExpanded, let listed {
                    try await store.delete(
                        listed.compactMap { environment.mapping.id(of: $0, on: side) })
                    return listed.count
                }
                return try await store.delete(matching: translated)
            }
        } catch let error as StoreError {
            throw error.isDefinite ? WriteFailure.failed(error) : WriteFailure.unknown(error)
        } catch {
            throw WriteFailure.abandoned(environment.store(side), .delete)
        }
    }

    /// What the ledger does not take now is left to the reclaimer; the application has its answer
    /// all the same. Returns the keys that are marked now; nil where the window was gone.
    @discardableResult
    private func close(
        _ window: Window, _ intents: [Intent], marking: Bool
    ) async -> [RecordID]? {
        let since = session.time.unixTime
        let flaws = session.flaws
        do {
            return try await session.ledger.write(.durable) { ledger in
                let touched = try ledger.touched(window: window.id)
                if marking {
                    try ledger.endDirty(intents, since: since)
                } else {
                    try ledger.endUntouched(intents, since: since)
                }
                let stood = try ledger.closeWindow(window, since: since, flaws: flaws)
                return stood ? touched : nil
            }
        } catch {
            session.orphans.add(intents, now: session.time.now)
            session.orphans.add(window: window.id, now: session.time.now)
            return []
        }
    }
}
