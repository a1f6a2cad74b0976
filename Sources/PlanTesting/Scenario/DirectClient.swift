import PlanCore
import PlanSync
import Synchronization

/// A client that goes to both stores itself, and asks gateways for the route and its intents alone:
/// `plans/own_writes.py`, in the simulation.
final class DirectClient: Sendable {
    private struct State {
        var route: Route?
        var asks = false
        var until = Duration.zero
        var reads: [Int64: Int] = [:]
    }

    private let cluster: Cluster
    private let process: SimulatedProcess
    private let name: String
    private let nodes: @Sendable () -> [GatewayNode]
    private let state = Mutex(State())

    init(
        _ cluster: Cluster, _ process: SimulatedProcess, name: String,
        nodes: @escaping @Sendable () -> [GatewayNode]
    ) {
        self.cluster = cluster
        self.process = process
        self.name = name
        self.nodes = nodes
    }

    private var world: World { cluster.world }
    private var clock: ProcessClock { process.clock }

    private func store(_ side: Side) -> SimulatedStore {
        SimulatedStore(
            process: process, server: side == .source ? cluster.source : cluster.target)
    }

    // MARK: - The route

    /// Asks for the route again and again, while `goesOn`; shows an epoch when nothing that was
    /// begun under an earlier one is under way.
    func follow(while goesOn: @Sendable () -> Bool) async {
        while goesOn() {
            let known = state.withLock { state in
                let oldest = state.reads.keys.min()
                let route = state.route?.epoch
                return oldest.map { min($0, route ?? $0) } ?? route
            }
            let asked = clock.now
            let serving = nodes().filter(\.isServing)
            if !serving.isEmpty {
                let node = world.draw { $0.pick(serving) }
                let told = await node.request(clock) { [name] plane in
                    try await plane.tellRoute(to: name, holding: known)
                }
                if case .value(.some(let told)) = told { take(told, asked) }
            }
            // Up to nearly as long as it may go by what it was told.
            let pause = world.draw { $0.duration(.milliseconds(5), .milliseconds(390)) }
            do { try await clock.sleep(for: pause) } catch { return }
        }
    }

    private func take(_ told: ToldRoute, _ asked: Duration) {
        state.withLock { state in
            // Another gateway may be behind.
            guard told.route.epoch >= state.route?.epoch ?? 0 else { return }
            state.route = told.route
            state.asks = told.asksForReads
            state.until = asked + told.span
        }
    }

    /// Runs one read along the route; nil where it is not known well enough.
    private func reading<Value: Sendable>(
        _ body: (Route, _ asks: Bool) async throws -> Value
    ) async -> Value? {
        let now = clock.now
        let begun = state.withLock { state -> (Route, Bool)? in
            guard let route = state.route, now < state.until else { return nil }
            state.reads[route.epoch, default: 0] += 1
            return (route, state.asks)
        }
        guard let (route, asks) = begun else { return nil }
        defer {
            state.withLock { state in
                let left = (state.reads[route.epoch] ?? 1) - 1
                state.reads[route.epoch] = left > 0 ? left : nil
            }
        }
        return try? await body(route, asks)
    }

    // MARK: - Reads

    /// nil where it could not be read, or the route's time was up before it was sent.
    func get(_ keys: [RecordID], through node: GatewayNode) async -> [Record]? {
        await reading { route, asks in
            var sides = Dictionary(
                keys.map { ($0, route.authority) }, uniquingKeysWith: { $1 })
            if asks {
                let placed = await node.request(clock) { try await $0.places(of: keys) }
                guard case .value(let found) = placed else { throw Unread() }
                sides = found
            }
            var records: [Record] = []
            for side in Side.allCases {
                let ids = keys.filter { sides[$0] == side }
                    .compactMap { cluster.mapping.id(of: $0, on: side) }
                guard !ids.isEmpty else { continue }
                guard clock.now < state.withLock(\.until) else { throw Unread() }
                records += try await store(side).get(ids, .full)
                    .map { cluster.mapping.original(of: $0, from: side) }
            }
            return records
        }
    }

    func search(_ query: Query) async -> [Record]? {
        await reading { route, _ in
            let side = route.reader(share: world.draw { $0.below(100) })
            return try await store(side).search(cluster.mapping.query(query, for: side))
                .map { cluster.mapping.original(of: $0.record, from: side) }
        }
    }

    private struct Unread: Error {}

    // MARK: - Writes

    /// Writes to both sides under a lease. `tell` is called once, with what the client can say: under
    /// `ack: authority` as soon as the authority has it.
    func write(
        _ operation: WriteOperation, through node: GatewayNode,
        tell: (History.Outcome) -> Void
    ) async {
        let asked = clock.now
        let keys = operation.keys
        let begun = await node.request(clock) { try await $0.begin(keys) }
        guard case .value(.some(let lease)) = begun else { return tell(.failed) }
        func isInTime() -> Bool { clock.now - asked < lease.span }
        guard isInTime() else {
            tell(.failed)
            return await end(lease, .nothing, node)
        }
        var isWhole = true
        do {
            isWhole = try await send(operation, to: lease.route.authority)
        } catch let error as StoreError where error.isDefinite {
            tell(.failed)
            return await end(lease, .nothing, node)
        } catch {
            tell(.unknown)
            return await end(lease, .unknown, node)
        }
        // It was sent in time, and is there: nothing that is told later takes that back.
        let outcome: History.Outcome = isInTime() && isWhole ? .ok : .unknown
        let isTold = lease.route.acknowledgement == .authority
        if isTold { tell(outcome) }
        await follow(operation, lease, node, inTime: isInTime())
        if !isTold { tell(outcome) }
    }

    private func follow(
        _ operation: WriteOperation, _ lease: WriteLease, _ node: GatewayNode, inTime: Bool
    ) async {
        guard let follower = lease.route.follower else {
            return await end(lease, .written, node)
        }
        // A part of a record is left to the repair, which copies what it made.
        if case .update = operation { return await end(lease, .followerFailed, node) }
        guard inTime else { return await end(lease, .followerFailed, node) }
        do {
            _ = try await send(operation, to: follower)
            await end(lease, .written, node)
        } catch let error as StoreError where error.isDefinite {
            await end(lease, .followerFailed, node)
        } catch {
            await end(lease, .unknown, node)
        }
    }

    /// False where an update found a key absent: nobody can say when it was.
    private func send(_ operation: WriteOperation, to side: Side) async throws -> Bool {
        let mapping = cluster.mapping
        switch operation {
        case .upsert(let records):
            try await store(side).upsert(records.map { mapping.record($0, for: side) })
        case .delete(let keys):
            try await store(side).delete(keys.compactMap { mapping.id(of: $0, on: side) })
        case .update(let patches):
            return try await store(side).update(patches.map { mapping.patch($0, for: side) })
                .isEmpty
        case .forwarded: preconditionFailure("nobody forwards to a simulated store")
        }
        return true
    }

    private func end(_ lease: WriteLease, _ outcome: LeasedOutcome, _ node: GatewayNode) async {
        // The client may be gone before it could say so. While that goes on several times a second
        // authority cannot move: there is always a write whose end nobody knows.
        let fails = !cluster.profile.isFollowerFaultless && world.now < cluster.profile.healsAt
        if fails, world.draw({ $0.chance(0.03) }) {
            world.count("fault: lease never ended")
            return
        }
        _ = await node.request(clock) { await $0.end(lease.name, outcome) }
    }
}
