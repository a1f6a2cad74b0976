import PlanCore

/// Keeps a gateway's route fresh, acknowledges what it has drained, and ends a hold that nobody
/// ends.
package struct GatewayLoop: Sendable {
    private let session: Session
    private let name: String

    package init(session: Session, name: String) {
        self.session = session
        self.name = name
    }

    /// Until cancelled. A ledger that does not answer leaves the last route standing. Throws
    /// `LedgerError.evicted` where a person struck this gateway off.
    package func run() async throws {
        var acknowledged: Int64 = -1
        var heartbeat = session.time.now - .seconds(10)
        while !Task.isCancelled {
            do {
                try await session.refresh()
                let drained = session.route.drained
                let now = session.time.now
                if let drained, drained > acknowledged {
                    try await acknowledge(drained)
                    acknowledged = drained
                    heartbeat = now
                } else if now - heartbeat > .seconds(2) {
                    try await acknowledge(acknowledged)
                    heartbeat = now
                }
                try await endOverdueHold()
            } catch is CancellationError {
                return
            } catch LedgerError.evicted {
                throw LedgerError.evicted
            } catch {}
            let poll =
                session.route.route.isHeld
                ? session.settings.heldRoutePoll : session.settings.routePoll
            do { try await session.time.sleep(for: poll) } catch { return }
        }
    }

    private func acknowledge(_ epoch: Int64) async throws {
        let row = GatewayRow(
            owner: session.owner.number, name: name, acknowledged: epoch,
            seen: session.time.unixTime, requests: session.route.requests)
        let flaws = session.flaws
        try await session.ledger.write(.relaxed) { ledger in
            try ledger.checkMembership(of: row.owner, flaws: flaws)
            try ledger.upsert(row)
        }
    }

    /// A hold is ended by any gateway whose own clock says that it has stood long enough, so that
    /// a dead executor cannot stop writes. Reads that are on their way back need only be back.
    private func endOverdueHold() async throws {
        let route = session.route.route
        guard let hold = route.hold, let since = session.route.heldSince else { return }
        let isOverdue = session.time.now - since >= hold.budget
        guard isOverdue || hold.stage == .reverting else { return }
        let flaws = session.flaws
        let asked = session.time.now
        let owner = session.owner.number
        let next = try await session.ledger.write(.durable) { ledger -> Route? in
            try ledger.checkMembership(of: owner, flaws: flaws)
            if !isOverdue, try !ledger.barrier(route.epoch, expected: 1).isPassed { return nil }
            return try ledger.abortHold(from: route.epoch, flaws: flaws)
        }
        if let next { session.route.adopt(next, asked: asked) }
    }
}
