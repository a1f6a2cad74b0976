import PlanCore

/// How an authority flip went.
package struct AuthorityMove: Hashable, Sendable {
    /// How long writes were held in the attempt that succeeded, as the coordinator saw it.
    package var pause: Duration
    package var attempts: Int
}

extension Flips {
    /// Moves write authority by three flips: hold, reads over, resume. Over budget it goes back,
    /// waits, and tries again.
    ///
    /// - Parameter isReadPast: whether somebody reads past the gateways: then the store that they
    ///   leave goes on acknowledging each write, if it does.
    package func moveAuthority(
        to side: Side, writePauseMax: Duration, attempts: Int, maxRefused: Int,
        isReadPast: Bool = false
    ) async throws -> AuthorityMove {
        var attempt = 0
        while true {
            let route = try await route()
            if route.authority == side, !route.isHeld {
                try await awaitAcknowledgement()
                return AuthorityMove(pause: .zero, attempts: attempt)
            }
            guard route.follower == side || route.authority == side else {
                throw FlipError.impossible("authority can only move to a store that follows")
            }
            if route.isHeld {
                try await abortHold()
                continue
            }
            attempt += 1
            try await awaitShortDrain(under: writePauseMax / 2, maxRefused: maxRefused)
            if let pause = try await attemptMove(
                to: side, budget: writePauseMax, attempt, isReadPast, maxRefused: maxRefused)
            {
                return AuthorityMove(pause: pause, attempts: attempt)
            }
            guard attempt < attempts else {
                let left = try await session.ledger.read { try $0.unsettled() }
                throw FlipError.overBudget(attempts: attempt, left)
            }
            let wait = min(Duration.milliseconds(250) * (1 << min(attempt, 7)), .seconds(30))
            report(.backingOff(attempt: attempt, wait))
            try await session.time.sleep(for: wait)
        }
    }

    /// Ends a hold that was found, without moving authority. A gateway may do the same meanwhile.
    package func abortHold() async throws {
        while true {
            let route = try await route()
            guard let hold = route.hold else { break }
            if hold.stage == .reverting {
                // Whoever began it: writes go on when the reads are back, or the budget is over.
                let begun = session.time.now
                while session.time.now - begun < hold.budget, try await !isAcknowledged() {
                    try await pause()
                }
            }
            let flaws = session.flaws
            let next = try await session.ledger.write(.durable) {
                try $0.abortHold(from: route.epoch, flaws: flaws)
            }
            if let next { session.route.adopt(next, asked: session.time.now) }
        }
        try await awaitAcknowledgement()
    }

    func isAcknowledged() async throws -> Bool {
        let expected = expected
        return try await living(
            try await session.ledger.read { ledger in
                try ledger.barrier(try ledger.route().epoch, expected: expected)
            }
        ).isPassed
    }

    /// Holding writes is only begun when draining will surely be short: no outcome is unknown, no
    /// window is open, and the backlog is what one or two repair batches settle.
    private func awaitShortDrain(under limit: Duration, maxRefused: Int) async throws {
        if session.flaws.contains(.flipWhileDirty) { return }
        let flaws = session.flaws
        while true {
            let (unsettled, refused) = try await session.ledger.read { ledger in
                (try ledger.unsettled(flaws: flaws), try ledger.refusedCount())
            }
            if refused > maxRefused {
                throw FlipError.refusedKeys(refused, allowed: maxRefused)
            }
            let backlogIsShort = unsettled.dirty <= session.settings.repairBatch
            let noWindows = unsettled.copyWindows + unsettled.otherWindows == 0
            if backlogIsShort, noWindows, try await noStrays(for: limit) { return }
            report(.settling(unsettled))
            try await pause()
        }
    }

    /// An intent that outlives half the budget is one whose outcome is not known.
    private func noStrays(for limit: Duration) async throws -> Bool {
        let begun = session.time.now
        var open = Set(try await openIntents())
        while !open.isEmpty {
            if session.time.now - begun >= limit { return false }
            try await pause()
            open.formIntersection(try await openIntents())
        }
        return true
    }

    private func openIntents() async throws -> [Int64] {
        try await session.ledger.read { try $0.intents(owner: nil).map(\.id) }
    }

    /// nil: over budget, and on the way back.
    private func attemptMove(
        to side: Side, budget: Duration, _ attempt: Int, _ isReadPast: Bool, maxRefused: Int
    ) async throws -> Duration? {
        let open = try await route()
        let begun = session.time.now
        report(.held(attempt: attempt))
        if session.flaws.contains(.authorityInOneFlip) {
            try await flip(from: open) { $0.giveAuthority(to: side) }
            return .zero
        }
        try await flip(from: open) { route in
            route.hold = Hold(stage: .holding, weightBefore: route.weight, budget: budget)
        }
        await session.environment.crashPoints.reach(.inHold)
        guard let held = try await drained(until: begun + budget) else {
            try await abortHold()
            return nil
        }
        do {
            let switched = try await flipIfSettled(from: held, maxRefused) { route in
                route.weight = 100
                route.hold?.stage = .switched
            }
            await session.environment.crashPoints.reach(.inSwitched)
            guard try await acknowledged(switched, until: begun + budget) else {
                try await abortHold()
                return nil
            }
            try await flipIfSettled(from: switched, maxRefused) { route in
                let acknowledgement = route.acknowledgement
                route.giveAuthority(to: side)
                if isReadPast { route.acknowledgement = acknowledgement }
            }
        } catch FlipError.overtaken {
            // A gateway's own clock ended the hold first.
            try await abortHold()
            return nil
        }
        let pause = session.time.now - begun
        try await awaitAcknowledgement()
        return pause
    }

    /// The same transaction that flips sees that nothing is left to settle, and no more refused than may
    /// be.
    @discardableResult
    private func flipIfSettled(
        from route: Route, _ maxRefused: Int, _ change: @escaping @Sendable (inout Route) -> Void
    ) async throws -> Route {
        let flaws = session.flaws
        let settles = !flaws.contains(.flipWhileDirty)
        let next = try await session.ledger.write(.durable) { ledger -> Route? in
            if settles, try !ledger.unsettled(flaws: flaws).isNothing { return nil }
            if settles, try ledger.refusedCount() > maxRefused { return nil }
            return try ledger.flip(from: route.epoch, change)
        }
        guard let next else { throw FlipError.overtaken(expected: route.epoch, found: -1) }
        session.route.adopt(next, asked: session.time.now)
        await session.environment.crashPoints.reach(.epochPublished)
        return next
    }

    /// Waits until every gateway holds and nothing is left to settle; nil when the time is up.
    private func drained(until limit: Duration) async throws -> Route? {
        let expected = expected
        let waits = !session.flaws.contains(.flipWithoutWaiting)
        let flaws = session.flaws
        let settles = !flaws.contains(.flipWhileDirty)
        while session.time.now < limit {
            let (route, found, unsettled) = try await session.ledger.read { ledger in
                let route = try ledger.route()
                return (
                    route, try ledger.barrier(route.epoch, expected: expected),
                    try ledger.unsettled(flaws: flaws)
                )
            }
            guard route.hold?.stage == .holding else { return nil }
            let barrier = try await living(found)
            if barrier.isPassed || !waits, unsettled.isNothing || !settles { return route }
            report(barrier.isPassed ? .settling(unsettled) : .gateways(barrier))
            try await pause()
        }
        return nil
    }

    private func acknowledged(_ route: Route, until limit: Duration) async throws -> Bool {
        if session.flaws.contains(.flipWithoutWaiting) { return true }
        while session.time.now < limit {
            if try await isAcknowledged() {
                return try await self.route().epoch == route.epoch
            }
            try await pause()
        }
        return false
    }
}

extension Route {
    /// Writes flow again, and the other side follows from here on.
    fileprivate mutating func giveAuthority(to side: Side) {
        authority = side
        follower = side.other
        weight = 0
        acknowledgement = .authority
        hold = nil
    }
}
