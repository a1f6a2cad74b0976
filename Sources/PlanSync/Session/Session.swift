import PlanCore
import Synchronization

/// One process's part in a run: who it is to the ledger, its route, and what it must clean up.
package final class Session: Sendable {
    package let environment: SyncEnvironment
    package let owner: Owner
    package let route: RouteView
    package let identifiers: Identifiers
    package let orphans = Orphans()
    package let chunks = ChunksInHand()
    package let jobs = BackgroundJobs()
    let followerLoad = FollowerLoad()
    /// What outlives the session: a gateway's alone.
    let passage: Passage?
    /// Writes by filter that are being looked after.
    let strayFilters = Atomic<Int>(0)
    private let memberSince: Mutex<Duration>

    private init(
        _ environment: SyncEnvironment, owner: Owner, route: RouteView, asked: Duration,
        passage: Passage? = nil
    ) {
        self.environment = environment
        self.owner = owner
        self.route = route
        self.passage = passage
        memberSince = Mutex(asked)
        identifiers = Identifiers(owner: owner.number)
    }

    package var ledger: any Ledger { environment.ledger }
    package var time: any TimeSource { environment.time }
    package var settings: SyncSettings { environment.settings }
    var flaws: ProtocolFlaws { environment.flaws }

    /// From before the last transaction that found this session's owner a member of the run.
    var seenMember: Duration { memberSince.withLock(\.self) }

    private func wasMember(at asked: Duration) {
        memberSince.withLock { $0 = max($0, asked) }
    }

    /// Doubts that end with this process, for the ledger does not have them.
    var ownDoubts: Int { orphans.lateCount + strayFilters.load(ordering: .relaxed) }

    /// A worker or an executor: it writes under intents and windows alone.
    package static func join(
        _ environment: SyncEnvironment, role: Owner.Role, host: String, process: Int32
    ) async throws -> Session {
        let owner = try await environment.ledger.enroll(role: role, host: host, process: process)
        let view = RouteView(now: environment.time.now)
        let session = Session(environment, owner: owner, route: view, asked: view.refreshed)
        do { try await session.refresh() } catch {
            await environment.ledger.resign(owner)
            throw error
        }
        return session
    }

    /// A gateway: registers and reads the route in one transaction. `view` is the one under which
    /// it passed requests through until now; what it has in flight there is drained before the
    /// first acknowledgement.
    package static func join(
        _ environment: SyncEnvironment, gateway name: String, host: String, process: Int32,
        view: RouteView, passage: Passage? = nil
    ) async throws -> Session {
        let owner = try await environment.ledger.enroll(
            role: .gateway, host: host, process: process)
        let seen = environment.time.unixTime
        let asked = environment.time.now
        let requests = view.requests
        do {
            let route = try await environment.ledger.write(.durable) { ledger in
                try ledger.upsert(
                    GatewayRow(
                        owner: owner.number, name: name, acknowledged: -1, seen: seen,
                        requests: requests))
                return try ledger.route()
            }
            try view.join(route, of: environment.ledger.id, asked: asked)
        } catch {
            // The row may be there: without its lock it is buried, and no flip waits for it.
            await environment.ledger.resign(owner)
            throw error
        }
        return Session(
            environment, owner: owner, route: view, asked: asked, passage: passage)
    }

    /// Opens intents or a window under ids that are known beforehand: where nobody can say whether
    /// that was committed they are left to the reclaimer.
    func open<Value: Sendable>(
        intents: [Int64] = [], window: Int64? = nil,
        _ body: @escaping @Sendable (any LedgerTransaction) throws -> Value
    ) async throws -> Value {
        let (owner, flaws) = (owner.number, flaws)
        let asked = time.now
        do {
            let value = try await ledger.write(.durable) { ledger in
                try ledger.checkMembership(of: owner, flaws: flaws)
                return try body(ledger)
            }
            wasMember(at: asked)
            return value
        } catch LedgerError.unknownCommit where flaws.contains(.unknownCommitRetried) {
            throw LedgerError.unknownCommit("tried again")
        } catch LedgerError.unavailable(let why) {
            throw LedgerError.unavailable(why)
        } catch LedgerError.evicted {
            throw LedgerError.evicted
        } catch {
            orphans.add(unsent: intents, now: time.now)
            if let window { orphans.add(window: window, now: time.now) }
            throw error
        }
    }

    /// Reads the route and follows it.
    @discardableResult
    package func refresh() async throws -> Route {
        let asked = time.now
        let (owner, flaws) = (owner.number, flaws)
        let found = try await ledger.read { ledger in
            try ledger.checkMembership(of: owner, flaws: flaws)
            return try ledger.route()
        }
        wasMember(at: asked)
        route.adopt(found, asked: asked)
        return found
    }

    /// Whose route is older looks before it serves anything. A gateway is heard of every two
    /// seconds, and struck off after five of silence at the earliest: by then its route is older.
    private static let staleness = Duration.seconds(2)

    /// A process that slept may have missed flips that did not wait for it: it looks before it
    /// serves anything.
    package func refreshIfStale() async throws {
        let limit = min(settings.writePauseMax, Session.staleness)
        guard time.now - route.refreshed > limit else { return }
        do {
            try await refresh()
        } catch is CancellationError {
            throw CancellationError()
        } catch LedgerError.evicted {
            throw LedgerError.evicted
        } catch {
            // The ledger does not answer: the last route stands, and writes find out in `begin`.
        }
    }

    /// Gives up what this process holds; its open intents are reclaimed by the others. Where it is
    /// not drained it counts as dead: flips wait for it until nothing of it can be under way.
    package func leave(isDrained: Bool = true) async {
        jobs.finish()
        let number = owner.number
        if owner.role == .gateway, isDrained, orphans.count == 0 {
            _ = try? await ledger.write(.durable) { try $0.deleteGateway(owner: number) }
        }
        await ledger.resign(owner)
    }
}
