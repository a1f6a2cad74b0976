import PlanCore
import PlanSync
import Synchronization

/// The application: clients that write and read through whichever gateway they find, and remember.
final class Application: Sendable {
    let process: SimulatedProcess
    private let cluster: Cluster
    private let nodes: @Sendable () -> [GatewayNode]
    private let over = Mutex(false)
    private let active = Mutex(0)

    init(_ cluster: Cluster, nodes: @escaping @Sendable () -> [GatewayNode]) {
        self.cluster = cluster
        self.nodes = nodes
        process = cluster.process("application")
    }

    private var world: World { cluster.world }
    private var history: History { cluster.history }

    func start() {
        for number in 0..<cluster.profile.clients {
            active.withLock { $0 += 1 }
            process.spawn { [self] in
                await runClient(number)
                active.withLock { $0 -= 1 }
            }
        }
    }

    func stop() { over.withLock { $0 = true } }
    var isOver: Bool { active.withLock { $0 == 0 } }

    private func runClient(_ number: Int) async {
        let isDirect = number < cluster.profile.directClients
        let direct =
            isDirect
            ? DirectClient(cluster, process, name: "client-\(number)", nodes: nodes) : nil
        if let direct {
            process.spawn { [self] in await direct.follow { !over.withLock { $0 } } }
        }
        while !over.withLock({ $0 }) {
            let think = world.draw { $0.duration(.zero, cluster.profile.think * 2) }
            do { try await process.clock.sleep(for: think) } catch { return }
            let serving = nodes().filter(\.isServing)
            guard !serving.isEmpty else { continue }
            let node = world.draw { $0.pick(serving) }
            if let direct { await act(direct, through: node) } else { await act(through: node) }
        }
    }

    private func someKeys() -> [Int] {
        world.draw { random in
            let count = random.chance(0.75) ? 1 : random.int(2...3)
            var keys: Set<Int> = []
            for _ in 0..<count {
                keys.insert(
                    random.chance(0.9)
                        ? random.below(cluster.profile.hotKeys)
                        : random.below(max(cluster.profile.preloaded, 1) + 3))
            }
            return keys.sorted()
        }
    }

    private func act(through node: GatewayNode) async {
        let choice = world.draw { $0.fraction() }
        let keys = someKeys()
        switch choice {
        case ..<0.36:
            let stamp = history.nextStamp()
            await write(
                node, keys, .upsert(stamp: stamp),
                .upsert(keys.map { RecordValue.record(key: $0, stamp: stamp) }))
        case ..<0.52:
            let stamp = history.nextStamp()
            await write(
                node, keys, .update(stamp: stamp),
                .update(keys.map { RecordValue.patch(key: $0, stamp: stamp) }))
        case ..<0.64:
            await write(node, keys, .delete, .delete(keys.map(RecordValue.key)))
        case ..<0.72 where cluster.profile.deletesByFilter:
            await deleteGroup(node, world.draw { $0.below(RecordValue.groups) })
        case ..<0.92: await get(node, keys)
        default: await search(node)
        }
    }

    /// A client that goes to the stores itself.
    private func act(_ direct: DirectClient, through node: GatewayNode) async {
        let choice = world.draw { $0.fraction() }
        let keys = someKeys()
        let stamp = history.nextStamp()
        switch choice {
        case ..<0.4:
            let records = keys.map { RecordValue.record(key: $0, stamp: stamp) }
            await write(direct, node, keys, .upsert(stamp: stamp), .upsert(records))
        case ..<0.5:
            let patches = keys.map { RecordValue.patch(key: $0, stamp: stamp) }
            await write(direct, node, keys, .update(stamp: stamp), .update(patches))
        case ..<0.65:
            await write(direct, node, keys, .delete, .delete(keys.map(RecordValue.key)))
        case ..<0.92:
            let invoked = history.moment()
            let ids = keys.map(RecordValue.key)
            guard let records = await direct.get(ids, through: node) else { return }
            world.count("operation: direct read")
            for (key, seen) in History.seen(records, keys: keys) {
                world.note("application", "read \(key) itself: \(seen)")
                history.note("get", key, seen, invoked: invoked)
            }
        default: await search(directly: direct)
        }
    }

    private func write(
        _ direct: DirectClient, _ node: GatewayNode, _ keys: [Int], _ change: History.Change,
        _ operation: WriteOperation
    ) async {
        let places = history.begin(keys, change)
        world.note("application", "begins \(change) of \(keys) at \(node.process.name)")
        await direct.write(operation, through: node) { outcome in
            world.count("operation: direct write \(outcome)")
            world.note("application", "has written itself: \(change) of \(keys) \(outcome)")
            if outcome != .unknown { history.end(places, outcome) }
        }
    }

    private func search(directly direct: DirectClient) async {
        let invoked = history.moment()
        let vector = world.draw { random in
            (0..<RecordValue.dimension).map { _ in Float(random.below(50)) }
        }
        let query = Query(vector: .dense(vector), k: 1_000)
        guard let records = await direct.search(query) else { return }
        world.count("operation: direct search")
        guard cluster.profile.isFollowerFaultless else { return }
        for (key, seen) in History.seen(records, keys: Array(0..<cluster.profile.hotKeys)) {
            history.note("search", key, seen, invoked: invoked)
        }
    }

    private func write(
        _ node: GatewayNode, _ keys: [Int], _ change: History.Change, _ operation: WriteOperation
    ) async {
        let places = history.begin(keys, change)
        world.note("application", "asks \(node.process.name): \(change) of \(keys)")
        let answer = await node.request(process.clock) { try await $0.write(operation) }
        switch answer {
        case .value(let missing):
            let absent = Set(missing)
            let isMissing = { (place: Int, key: Int) in absent.contains(RecordValue.key(key)) }
            let pairs = zip(places, keys)
            history.end(pairs.filter { !isMissing($0, $1) }.map(\.0), .ok)
            // Sent twice, it may have found the key once: an absent key proves nothing.
            world.count("operation: acknowledged write")
            world.note("application", "is told: \(change) of \(keys) done, missing \(missing)")
        case .failure(let error as WriteFailure) where error.isUnknown == false:
            history.end(places, .failed)
            world.count("operation: failed write")
            world.note("application", "is told: \(change) of \(keys) failed: \(error)")
        case .failure, .broken:
            world.count("operation: unknown write")
            world.note("application", "cannot tell: \(change) of \(keys)")
        }
    }

    private func deleteGroup(_ node: GatewayNode, _ group: Int) async {
        let keys = Array(0..<(max(cluster.profile.preloaded, cluster.profile.hotKeys) + 3))
        let places = history.begin(keys, .deleteGroup(group))
        world.note("application", "asks \(node.process.name): delete group \(group)")
        let filter = Filter.equal(field: "g", .int(Int64(group)))
        let answer = await node.request(process.clock) { try await $0.delete(matching: filter) }
        world.count("operation: delete by filter")
        switch answer {
        case .value:
            history.end(places, .ok)
            world.note("application", "is told: group \(group) deleted")
        case .failure(let error as WriteFailure) where error.isUnknown == false:
            history.end(places, .failed)
        case .failure, .broken: break
        }
    }

    private func get(_ node: GatewayNode, _ keys: [Int]) async {
        let invoked = history.moment()
        let ids = keys.map(RecordValue.key)
        let answer = await node.request(process.clock) { try await $0.get(ids, .full) }
        guard case .value(let records) = answer else {
            world.count("operation: failed read")
            return
        }
        world.count("operation: read")
        for (key, seen) in History.seen(records, keys: keys) {
            world.note("application", "read \(key): \(seen)")
            history.note("get", key, seen, invoked: invoked)
        }
    }

    /// A search that asks for everything, so that its answer tells of every key.
    private func search(_ node: GatewayNode) async {
        let invoked = history.moment()
        let vector = world.draw { random in
            (0..<RecordValue.dimension).map { _ in Float(random.below(50)) }
        }
        let query = Query(vector: .dense(vector), k: 1_000)
        let answer = await node.request(process.clock) { try await $0.search(query) }
        guard case .value(let hits) = answer else {
            world.count("operation: failed read")
            return
        }
        world.count("operation: search")
        guard cluster.profile.isFollowerFaultless else { return }
        let keys = Array(0..<cluster.profile.hotKeys)
        for (key, seen) in History.seen(hits.map(\.record), keys: keys) {
            history.note("search", key, seen, invoked: invoked)
        }
    }
}

extension WriteFailure {
    /// Nobody can say whether it was applied.
    var isUnknown: Bool { if case .unknown = self { true } else { false } }
}
