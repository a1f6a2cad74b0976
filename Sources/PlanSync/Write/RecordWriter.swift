import PlanCore

/// Dual writes: intent, authority, client, follower, end.
///
///     begin ─▶ authority ─┬─ ok ──────▶ answer the client ─▶ follower ─┬─ ok ───────▶ end clean
///                         ├─ surely not ▶ end untouched, fail          ├─ surely not ▶ end dirty
///                         └─ unknown ──▶ intents stay, fail            └─ unknown ──▶ intents stay
package struct RecordWriter: Sendable {
    private let session: Session
    private let gate: HoldGate

    package init(session: Session, gate: HoldGate) {
        self.session = session
        self.gate = gate
    }

    /// Returns the keys that an update found absent. Throws `WriteFailure`.
    package func perform(_ operation: WriteOperation) async throws -> [RecordID] {
        try refuseWhatCannotLive(operation)
        return try await gate.passing(session) { entered in
            try await attempt(operation, entered)
        }
    }

    private func refuseWhatCannotLive(_ operation: WriteOperation) throws {
        let mapping = session.environment.mapping
        var reasons: [RecordID: String] = [:]
        if case .upsert(let records) = operation {
            for record in records { reasons[record.id] = mapping.refusal(of: record) }
        }
        reasons.merge(placeless(operation.keys)) { $1 }
        if !reasons.isEmpty { throw WriteFailure.refused(reasons) }
    }

    /// Keys that one of the sides cannot hold, by why.
    private func placeless(_ keys: [RecordID]) -> [RecordID: String] {
        let mapping = session.environment.mapping
        var reasons: [RecordID: String] = [:]
        for key in keys {
            for side in Side.allCases where mapping.id(of: key, on: side) == nil {
                reasons[key] = "the \(side.rawValue) cannot hold this id"
            }
        }
        return reasons
    }

    func refuseWhatHasNoPlace(_ keys: [RecordID]) throws {
        let reasons = placeless(keys)
        if !reasons.isEmpty { throw WriteFailure.refused(reasons) }
    }

    /// nil: writes are held.
    private func attempt(
        _ operation: WriteOperation, _ entered: Route
    ) async throws -> GateAnswer<[RecordID]> {
        if entered.isHeld { return .held }
        if entered.follower == nil { return .passed(try await single(operation, entered)) }
        let asked = session.time.now
        switch try await begin(operation.keys, entered) {
        case .held(let route):
            session.route.adopt(route, asked: asked)
            return .held
        case .single(let route):
            session.route.adopt(route, asked: asked)
            return .passed(try await single(operation, route))
        case .begun(let route, let intents):
            session.route.adopt(route, asked: asked)
            await session.environment.crashPoints.reach(.afterBegin)
            return try await bothLegs(operation, route, intents, entered, asked: asked)
        }
    }

    func begin(_ keys: [RecordID], _ own: Route) async throws -> BeginAnswer {
        let ids = session.identifiers.next(keys.count)
        let owner = session.owner.number
        let since = session.time.unixTime
        let flaws = session.flaws
        do {
            return try await session.open(intents: ids) {
                try $0.begin(keys, ids: ids, owner: owner, since: since, own: own, flaws: flaws)
            }
        } catch LedgerError.unknownCommit where flaws.contains(.unknownCommitRetried) {
            return try await begin(keys, own)
        } catch {
            throw WriteFailure.ledger(String(describing: error))
        }
    }

    /// To the authority alone; who was struck off meanwhile may have written to one that no longer
    /// is, and marks what it wrote.
    private func single(_ operation: WriteOperation, _ route: Route) async throws -> [RecordID] {
        let tenure = Tenure(single: session)
        try await tenure.checkUnsent()
        let sent: WriteOperation.Sent
        do {
            sent = try await authorityLeg(operation, route.authority, intents: [])
        } catch WriteFailure.unknown(let error) {
            if await !tenure.stands { session.orphans.add(late: operation.keys, session) }
            throw WriteFailure.unknown(error)
        }
        guard await tenure.stands else {
            await session.mark(operation.keys)
            throw slept(operation, on: route.authority)
        }
        return sent.missing
    }

    private func authorityLeg(
        _ operation: WriteOperation, _ side: Side, intents: [Intent]
    ) async throws -> WriteOperation.Sent {
        let environment = session.environment
        await environment.crashPoints.reach(.authoritySent)
        do {
            return try await environment.observed(operation.kind, on: side) { store in
                try await operation.send(to: store, side: side, mapping: environment.mapping)
            }
        } catch let error as StoreError where error.isDefinite {
            await end(intents) { ledger, since in
                try ledger.endUntouched(intents, since: since)
            }
            throw WriteFailure.of(error, keys: operation.keys)
        } catch {
            environment.observer.count(.unknownOutcome)
            session.orphans.add(intents, now: session.time.now)
            throw (error as? StoreError).map(WriteFailure.unknown)
                ?? .abandoned(environment.store(side), operation.kind)
        }
    }

    private func bothLegs(
        _ operation: WriteOperation, _ route: Route, _ intents: [Intent], _ entered: Route,
        asked: Duration
    ) async throws -> GateAnswer<[RecordID]> {
        let tenure = Tenure(session: session, intents: intents, asked: asked)
        do {
            try await tenure.checkUnsent()
        } catch {
            await end(intents) { try $0.endUntouched(intents, since: $1) }
            throw error
        }
        let sent = try await authorityLeg(operation, route.authority, intents: intents)
        do {
            try await tenure.check()
        } catch {
            // Authority may have moved before the write arrived: it may be kept, or undone.
            await end(intents) { try $0.endDirty(intents, since: $1) }
            throw slept(operation, on: route.authority)
        }
        await session.environment.crashPoints.reach(.authorityAcknowledged)
        let done = Outcome<Bool>()
        let leg = FollowerLeg(
            session: session, route: route, tenure: tenure, sent: sent)
        let view = session.route
        view.enterAgain(entered)
        session.jobs.submit {
            done.fulfil(await leg.run(operation))
            view.leave(entered)
        }
        if route.acknowledgement == .both { await awaitFollower(operation.keys, done) }
        return .passed(sent.missing)
    }

    private func slept(_ operation: WriteOperation, on side: Side) -> WriteFailure {
        session.environment.observer.count(.unknownOutcome)
        return .slept(session.environment.store(side), operation.kind)
    }

    /// Under `ack: both` searches may go to the follower. Where writes of one key overlapped it may
    /// have them in another order until the key is repaired, so the answer waits for that too; it
    /// also keeps a key that is written all the time from never being repaired. All of it within
    /// `follower_ack_max`: a slow follower never fails a write.
    private func awaitFollower(_ keys: [RecordID], _ done: Outcome<Bool>) async {
        let limit = session.time.now + session.settings.followerAckMax
        guard
            let isSettled = await done.wait(
                atMost: session.settings.followerAckMax, time: session.time)
        else { return }
        if session.flaws.contains(.overlapAcknowledged) { return }
        if !isSettled { await session.awaitSettled(keys, until: limit) }
    }

    private func end(
        _ intents: [Intent],
        _ body: @escaping @Sendable (any LedgerTransaction, Double) throws -> Void
    ) async {
        await session.end(intents, body)
    }
}
