import PlanCore

/// Dual writes that the application carries out itself: the same intents, held for it.
///
///     begin ─▶ (the application: authority, then follower) ─▶ end
///        └───────────── no end in time: outcome unknown ─────────▶ intents stay
struct LeasedWriter: Sendable {
    let session: Session
    let gate: HoldGate
    let writer: RecordWriter
    let leases: WriteLeases

    /// Whoever took less than half a quarantine need not look whether its intents are still there:
    /// an application cannot look, so it has no more.
    private var span: Duration { session.settings.quarantine / 2 }

    /// Throws `WriteFailure`.
    func begin(_ keys: [RecordID]) async throws -> WriteLease {
        try writer.refuseWhatHasNoPlace(keys)
        return try await gate.passing(session) { try await attempt(keys, $0) }
    }

    private func attempt(
        _ keys: [RecordID], _ entered: Route
    ) async throws -> GateAnswer<WriteLease> {
        if entered.isHeld { return .held }
        let asked = session.time.now
        if entered.follower == nil { return .passed(try await single(keys, entered, entered)) }
        switch try await writer.begin(keys, entered) {
        case .held(let route):
            session.route.adopt(route, asked: asked)
            return .held
        case .single(let route):
            session.route.adopt(route, asked: asked)
            return .passed(try await single(keys, route, entered))
        case .begun(let route, let intents):
            session.route.adopt(route, asked: asked)
            return .passed(lease(keys, route, intents, entered, asked))
        }
    }

    /// Without intents it counts from the last look, which had better be now.
    private func single(
        _ keys: [RecordID], _ route: Route, _ entered: Route
    ) async throws -> WriteLease {
        _ = try? await session.refresh()
        try await Tenure(single: session).checkUnsent()
        return lease(keys, route, [], entered, session.seenMember)
    }

    private func lease(
        _ keys: [RecordID], _ route: Route, _ intents: [Intent], _ entered: Route,
        _ asked: Duration
    ) -> WriteLease {
        session.route.enterAgain(entered)
        let until = asked + span
        let name = leases.hold(
            .init(
                route: entered, keys: keys, intents: intents, asked: asked, until: until,
                session: session, acknowledgement: route.acknowledgement))
        let mapping = session.environment.mapping
        let ids = keys.compactMap { mapping.id(of: $0, on: .target) }
        return WriteLease(
            name: name, route: route, keys: keys, targetIDs: ids == keys ? nil : ids,
            span: until - session.time.now)
    }

    /// Under `ack: both` it answers when searches on both sides show the write, or the follower's
    /// time is up.
    func end(_ held: WriteLeases.Held, _ outcome: LeasedOutcome) async -> LeaseEnd {
        defer { session.route.leave(held.route) }
        let (intents, flaws) = (held.intents, session.flaws)
        let tenure =
            intents.isEmpty
            ? Tenure(single: session)
            : Tenure(session: session, intents: intents, asked: held.asked)
        guard await tenure.stands else {
            if outcome == .unknown { session.orphans.add(late: held.keys, session) }
            await session.end(intents) { try $0.endDirty(intents, since: $1) }
            if intents.isEmpty { await session.mark(held.keys) }
            return .lapsed
        }
        let limit = session.time.now + session.settings.followerAckMax
        switch outcome {
        case .nothing:
            await session.end(intents) { try $0.endUntouched(intents, since: $1) }
            return .untouched
        case .unknown where !flaws.contains(.unknownLeaseTrusted):
            session.environment.observer.count(.unknownOutcome)
            session.orphans.add(intents, now: session.time.now)
            return .unknown
        case .followerFailed:
            await session.end(intents) { try $0.endDirty(intents, since: $1) }
        case .written, .unknown:
            if intents.isEmpty { return .settled }
            let isSettled = await session.end(intents) { ledger, since in
                try ledger.endClean(intents, since: since, flaws: flaws)
                return try intents.allSatisfy { try !ledger.isDirty($0.key) }
            }
            if isSettled == true { return .settled }
        }
        if held.acknowledgement == .both {
            await session.awaitSettled(intents.map(\.key), until: limit)
        }
        return .repairing
    }

    /// Its keys are marked when its intents are reclaimed; what was sent after that is marked here.
    func endLate(_ held: WriteLeases.Held, _ outcome: LeasedOutcome) async {
        if outcome == .unknown { session.orphans.add(late: held.keys, session) }
        await session.mark(held.keys)
    }
}
