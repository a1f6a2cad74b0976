import PlanCore
import PlanLedger
import PlanSync
import Synchronization

/// Everything that runs in a simulation, kept alive and troubled: gateways, workers, the executor
/// with its goals, the application.
final class Fleet: Sendable {
    private struct State {
        var gateways: [String: GatewayNode] = [:]
        var workers: [String: WorkerNode] = [:]
        var executor: ExecutorNode?
        var stage = "beginning"
        var problems: [String] = []
        var isOver = false
        var finalRoute = Route()
        var isEnding = false
        var spares = 0
    }

    private let cluster: Cluster
    /// Runs what stands outside: supervisors, trouble, the observer of the end.
    private let outside: SimulatedProcess
    private let state = Mutex(State())
    private let holder = Mutex<Application?>(nil)

    init(_ cluster: Cluster) {
        self.cluster = cluster
        outside = cluster.process("world")
        let application = Application(cluster) { [unowned self] in gateways }
        holder.withLock { $0 = application }
    }

    private var world: World { cluster.world }
    private var profile: Profile { cluster.profile }
    private var clock: ProcessClock { outside.clock }
    private var application: Application {
        guard let application = holder.withLock({ $0 }) else {
            preconditionFailure("the application is there from the beginning")
        }
        return application
    }

    private var gateways: [GatewayNode] {
        state.withLock { $0.gateways.sorted { $0.key < $1.key }.map(\.value) }
    }

    var isOver: Bool { state.withLock(\.isOver) }
    var problems: [String] { state.withLock(\.problems) }
    var stage: String { state.withLock(\.stage) }
    var finalRoute: Route { state.withLock(\.finalRoute) }

    private func say(_ stage: String) {
        world.note("world", stage)
        state.withLock { $0.stage = stage }
    }

    private var isEnding: Bool { state.withLock(\.isEnding) }

    func start() {
        for number in 0..<profile.gateways { superviseGateway("gateway-\(number)") }
        application.start()
        outside.spawn { [self] in
            do { try await runToEnd() } catch {
                state.withLock { $0.problems.append("the simulation failed: \(error)") }
            }
        }
        trouble()
    }

    /// Kills whatever is left, so that no task outlives its simulation.
    func end() {
        let (gateways, workers, executor) = state.withLock { state in
            state.isEnding = true
            return (state.gateways, state.workers, state.executor)
        }
        for node in gateways.sorted(by: { $0.key < $1.key }) { node.value.process.kill() }
        for node in workers.sorted(by: { $0.key < $1.key }) { node.value.process.kill() }
        executor?.process.kill()
        application.process.kill()
        outside.kill()
    }

    private func superviseGateway(_ slot: String) {
        outside.spawn { [self] in
            var life = 0
            while !isEnding {
                life += 1
                let node = GatewayNode(cluster, slot: slot, life: life)
                state.withLock { $0.gateways[slot] = node }
                node.start()
                _ = await node.gone.wait(atMost: .seconds(100_000), time: clock)
                guard await restPause() else { return }
            }
        }
    }

    private func superviseWorker(_ slot: String) {
        outside.spawn { [self] in
            var life = 0
            while !isEnding {
                life += 1
                let node = WorkerNode(cluster, slot: slot, life: life)
                state.withLock { $0.workers[slot] = node }
                node.start()
                _ = await node.gone.wait(atMost: .seconds(100_000), time: clock)
                guard await restPause() else { return }
            }
        }
    }

    private func restPause() async -> Bool {
        let pause = world.draw { $0.duration(.milliseconds(20), .milliseconds(900)) }
        do { try await clock.sleep(for: pause) } catch { return false }
        return true
    }
}

extension Fleet {
    private func runToEnd() async throws {
        try await clock.sleep(for: world.draw { $0.duration(.zero, .milliseconds(400)) })
        try cluster.begin()
        for number in 0..<profile.workers { superviseWorker("worker-\(number)") }
        var life = 0
        for goal in profile.goals {
            if let lingers = profile.lingers { try await clock.sleep(for: lingers) }
            say("goal: \(goal)")
            while true {
                life += 1
                if try await live(life, goal) { break }
                guard await restPause() else { return }
            }
        }
        say("settling")
        cluster.heal()
        application.stop()
        while !application.isOver { try await clock.sleep(for: .milliseconds(50)) }
        try await settle()
        state.withLock { $0.isOver = true }
    }

    /// True where the goal is reached.
    private func live(_ life: Int, _ goal: Profile.Goal) async throws -> Bool {
        let node = ExecutorNode(cluster, life: life, goal: goal)
        state.withLock { $0.executor = node }
        node.start()
        let end = await node.end.wait(atMost: .seconds(100_000), time: clock)
        try await lookAtVerify()
        switch end {
        case .some(.some(.reached)):
            say("reached: \(goal)")
            return true
        case .some(.some(.stopped(let why))):
            world.note("world", "the executor stopped: \(why)")
            return false
        default:
            return false
        }
    }

    private func observer() throws -> SQLiteLedger { try cluster.ledger(outside).inner }

    /// A difference under an intent on a key that nobody had marked: clean was not equal.
    private func lookAtVerify() async throws {
        let ledger = try observer()
        let text = try await ledger.read { try $0.status("verify") }
        await ledger.close()
        guard let text, let bypassed = text.firstRange(of: "bypassed_writes=") else { return }
        let count = Int(text[bypassed.upperBound...].prefix { $0.isNumber }) ?? 0
        if count > 0 {
            state.withLock { $0.problems.append("divergence: verify found a clean key unequal") }
        }
    }

    /// What the ledger holds, for whoever reads of a run that is stuck.
    func describeLedger() async -> [String] {
        guard let ledger = try? observer() else { return ["the ledger cannot be opened"] }
        let lines = try? await ledger.read { rows in
            var lines = ["route: \(RouteText.of(try rows.route()))"]
            lines += try rows.intents(owner: nil).map { "intent \($0)" }
            lines += try rows.dirtyKeys().map { "dirty \($0)" }
            lines += try rows.windows().map { "window \($0)" }
            lines += try rows.owners().map { "owner \($0)" }
            lines += try rows.gateways().map { "gateway \($0)" }
            lines += try rows.chunks(task: Copier.task).filter { $0.state != .done }
                .map { "chunk \($0)" }
            return lines
        }
        await ledger.close()
        return lines ?? ["the ledger cannot be read"]
    }

    func describe() {
        outside.spawn { [self] in
            for line in await describeLedger() { world.note("ledger", line) }
        }
    }

    /// Until nothing is marked, open or held any more, and nothing is left to be done: also by who
    /// slept through all of it.
    private func settle() async throws {
        let ledger = try observer()
        while true {
            let areAtRest = gateways.allSatisfy(\.isAtRest)
            let (left, route) = try await ledger.read { (try $0.unsettled(), try $0.route()) }
            state.withLock {
                $0.stage = "settling: \(left), \(RouteText.of(route))"
                $0.finalRoute = route
            }
            if areAtRest, left.isNothing, !route.isHeld { break }
            if areAtRest, route.follower == nil, left.intents == 0,
                left.copyWindows + left.otherWindows == 0
            {
                break
            }
            try await clock.sleep(for: .milliseconds(100))
        }
        await ledger.close()
    }
}

extension Fleet {
    private func trouble() {
        every(profile.kills) { [self] in killSomebody() }
        every(profile.pauses) { [self] in pauseSomebody(isNap: false) }
        every(profile.naps) { [self] in pauseSomebody(isNap: true) }
        every(profile.outages) { [self] in
            let server = world.draw { $0.chance(0.7) } ? cluster.target : cluster.source
            server.goDown(saysSo: world.draw { $0.chance(0.5) })
            let length = world.draw { $0.duration(.milliseconds(50), .milliseconds(1_500)) }
            try await clock.sleep(for: length)
            server.comeUp()
        }
        every(profile.evictions) { [self] in try await evictSomebody() }
        outside.spawn { [self] in
            do { try await clock.sleep(for: profile.healsAt) } catch { return }
            if !cluster.isHealed { cluster.heal() }
        }
    }

    /// Does it at random times, so often in the mean, until everything is to heal.
    private func every(_ mean: Duration?, _ body: @escaping @Sendable () async throws -> Void) {
        guard let mean else { return }
        outside.spawn { [self] in
            do {
                while !cluster.isHealed {
                    let pause = world.draw { $0.duration(.zero, mean * 2) }
                    try await clock.sleep(for: pause)
                    if !cluster.isHealed { try await body() }
                }
            } catch {}
        }
    }

    private var processes: [(name: String, process: SimulatedProcess)] {
        state.withLock { state in
            var all = state.gateways.sorted { $0.key < $1.key }.map {
                (name: "gateway", process: $0.value.process)
            }
            all += state.workers.sorted { $0.key < $1.key }.map {
                (name: "worker", process: $0.value.process)
            }
            if let executor = state.executor {
                all.append((name: "executor", process: executor.process))
            }
            return all
        }.filter { !$0.process.isDead }
    }

    private func killSomebody() {
        let all = processes
        guard !all.isEmpty else { return }
        let (name, process) = world.draw { $0.pick(all) }
        if name == "gateway", world.draw({ $0.chance(0.25) }) {
            let node = state.withLock { state in
                state.gateways.values.first { $0.process === process }
            }
            world.count("fault: gateway told to end")
            node?.stop()
            return
        }
        world.count("fault: \(name) killed")
        process.kill()
    }

    /// A gateway sleeps until a person gives it up and starts another in its place; it wakes later.
    private func evictSomebody() async throws {
        let all = gateways.filter { !$0.process.isDead }
        guard !all.isEmpty else { return }
        let node = world.draw { $0.pick(all) }
        let shortest = profile.evictedSleep
        let length = world.draw { $0.duration(shortest, shortest + profile.evictedSleepMore) }
        let isInHand = profile.isAlwaysInHand || state.withLock { $0.spares % 2 == 1 }
        if cluster.hasLedger, isInHand {
            node.process.doze(for: length)
            try await clock.sleep(for: .milliseconds(200))
            node.process.stopDozing()
        } else {
            node.process.pause(for: length)
        }
        try await clock.sleep(for: .seconds(1))
        guard !node.process.isDead, cluster.hasLedger else { return }
        let ledger = try observer()
        try await ledger.write(.durable) { try $0.evict(gateway: node.slot) }
        await ledger.close()
        world.count("fault: gateway evicted")
        world.note("world", "evicts \(node.slot)")
        let spare = state.withLock { state in
            state.spares += 1
            return "spare-\(state.spares)"
        }
        superviseGateway(spare)
    }

    private func pauseSomebody(isNap: Bool) {
        let all = processes
        guard !all.isEmpty else { return }
        let (name, process) = world.draw { $0.pick(all) }
        let long = !isNap && world.draw { $0.chance(0.3) }
        let length = world.draw {
            long
                ? $0.duration(.seconds(1), .seconds(3))
                : $0.duration(.zero, .milliseconds(isNap ? 500 : 700))
        }
        world.count("fault: \(name) paused")
        process.pause(for: length)
    }
}
