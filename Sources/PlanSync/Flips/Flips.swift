import PlanCore

/// Changes of the route, each a compare-and-swap that is done when every gateway has acknowledged
/// it. Every method looks at the route first and does what is left to do, so that it can be called
/// again after a crash.
package struct Flips: Sendable {
    package typealias Report = @Sendable (FlipProgress) -> Void

    let session: Session
    /// `gateway.expect`.
    let expected: Int
    let report: Report

    package init(session: Session, expected: Int, report: @escaping Report = { _ in }) {
        self.session = session
        self.expected = expected
        self.report = report
    }

    package func route() async throws -> Route { try await session.refresh() }

    /// Writes go to both from the last acknowledgement on; older single writes are drained.
    package func beginDualWrites() async throws {
        let route = try await route()
        if route.follower == nil {
            try await flip(from: route) { $0.follower = $0.authority.other }
        }
        try await awaitAcknowledgement()
    }

    /// Single writes again. Reads are the authority's own by then.
    package func endDualWrites() async throws {
        try await lowerWeight(to: 0)
        let route = try await route()
        if route.follower != nil {
            try await flip(from: route) { route in
                route.follower = nil
                route.mirror = 0
            }
        }
        try await awaitAcknowledgement()
    }

    package func setMirror(_ percent: Int) async throws {
        let route = try await route()
        if route.mirror != percent { try await flip(from: route) { $0.mirror = percent } }
        try await awaitAcknowledgement()
    }

    /// Moves the share of reads that the follower answers. Up: first both sides acknowledge each
    /// write, then nothing may be unequal, then the weight. Down: the weight, then the rest.
    package func setWeight(_ weight: Int) async throws {
        let now = try await route().weight
        if weight < now || weight == 0 {
            try await lowerWeight(to: weight)
        } else {
            try await raiseWeight(to: weight)
        }
    }

    private func raiseWeight(to weight: Int) async throws {
        var route = try await route()
        guard route.follower != nil else {
            throw FlipError.impossible("reads cannot go to a store that no write goes to")
        }
        if route.acknowledgement != .both, !session.flaws.contains(.weightBeforeBoth) {
            try await flip(from: route) { $0.acknowledgement = .both }
        }
        // Whoever flipped it: an executor that died may not have waited.
        try await awaitAcknowledgement()
        while true {
            route = try await self.route()
            if route.weight == weight { break }
            if try await flipIfEqual(from: route, weight: weight) { break }
            try await pause()
        }
        try await awaitAcknowledgement()
    }

    /// In one transaction: nothing is marked or being repaired, nothing is being copied, and the
    /// weight moves. A key under repair bears no mark, and the follower may be behind with it.
    private func flipIfEqual(from route: Route, weight: Int) async throws -> Bool {
        let (flipped, unsettled) = try await session.ledger.write(.durable) { ledger in
            let unsettled = try ledger.unsettled()
            let isRepairing = try ledger.intents(owner: nil).contains { $0.purpose == .repair }
            guard unsettled.dirty == 0, !isRepairing, unsettled.copyWindows == 0 else {
                return (nil as Route?, unsettled)
            }
            let next = try ledger.flip(from: route.epoch) { route in
                route.weight = weight
                route.acknowledgement = .both
            }
            return (next, unsettled)
        }
        if let flipped {
            session.route.adopt(flipped, asked: session.time.now)
            return true
        }
        report(.settling(unsettled))
        return false
    }

    private func lowerWeight(to weight: Int) async throws {
        var route = try await route()
        if route.weight > weight {
            try await flip(from: route) { $0.weight = weight }
        }
        // Whoever flipped it: while a gateway still searches the follower, both acknowledge.
        try await awaitAcknowledgement()
        route = try await self.route()
        if weight == 0, route.acknowledgement != .authority {
            try await flip(from: route) { $0.acknowledgement = .authority }
        }
        try await awaitAcknowledgement()
    }

    /// From here on both stores acknowledge each write, for somebody who reads past the gateways
    /// and will be told where.
    package func acknowledgeBoth() async throws {
        try await setBoth()
        try await awaitAcknowledgement()
    }

    /// The same, until the follower holds what the authority holds, too.
    ///
    /// - Returns: false where the limit came first: the follower may be behind with a few keys.
    package func followClosely(within limit: Duration) async throws -> Bool {
        try await setBoth()
        let begun = session.time.now
        while session.time.now - begun < limit {
            let unsettled = try await session.ledger.read { try $0.unsettled() }
            let isSettled = unsettled.dirty == 0 && unsettled.copyWindows == 0
            if isSettled, try await isAcknowledged(), try await noRepair() { return true }
            report(.settling(unsettled))
            try await pause()
        }
        return false
    }

    private func noRepair() async throws -> Bool {
        try await session.ledger.read { ledger in
            try !ledger.intents(owner: nil).contains { $0.purpose == .repair }
        }
    }

    private func setBoth() async throws {
        let route = try await route()
        guard route.follower != nil else {
            throw FlipError.impossible("no store follows that could acknowledge, too")
        }
        if route.acknowledgement != .both {
            try await flip(from: route) { $0.acknowledgement = .both }
        }
    }

    /// The authority alone acknowledges: nobody reads the follower any more.
    package func acknowledgeAlone() async throws { try await lowerWeight(to: 0) }

    /// The store that follows is let go; for the point of no return.
    package func endFollowing() async throws {
        let route = try await route()
        if route.follower != nil {
            try await flip(from: route) { route in
                route.follower = nil
                route.weight = 0
                route.mirror = 0
                route.acknowledgement = .authority
            }
        }
        try await awaitAcknowledgement()
    }

    @discardableResult
    func flip(
        from route: Route, _ change: @escaping @Sendable (inout Route) -> Void
    ) async throws -> Route {
        let outcome = try await session.ledger.write(.durable) { ledger -> (Route?, Int64) in
            (try ledger.flip(from: route.epoch, change), try ledger.route().epoch)
        }
        guard let next = outcome.0 else {
            throw FlipError.overtaken(expected: route.epoch, found: outcome.1)
        }
        session.route.adopt(next, asked: session.time.now)
        await session.environment.crashPoints.reach(.epochPublished)
        return next
    }

    /// Waits for every gateway to follow the route as it now stands. A gateway that cannot be
    /// reached blocks it; it is never cut off.
    package func awaitAcknowledgement() async throws {
        if session.flaws.contains(.flipWithoutWaiting) { return }
        let expected = expected
        while true {
            let barrier = try await living(
                try await session.ledger.read { ledger in
                    try ledger.barrier(try ledger.route().epoch, expected: expected)
                })
            if barrier.isPassed { return }
            report(.gateways(barrier))
            try await pause()
        }
    }

    /// The row of a gateway that died and came back under another is no second gateway: it must
    /// not stand in for one that was never there.
    func living(_ barrier: Barrier) async throws -> Barrier {
        guard barrier.isPassed else { return barrier }
        var living = barrier
        living.registered = []
        for owner in barrier.registered {
            if await !session.ledger.isProvablyDead(owner) { living.registered.append(owner) }
        }
        return living
    }

    func pause() async throws { try await session.time.sleep(for: .milliseconds(5)) }
}
