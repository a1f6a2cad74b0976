import PlanCore
import PlanSync
import Synchronization

/// One life of a gateway: passes through, joins the run when there is one, serves until it dies or
/// is told to end.
final class GatewayNode: Sendable {
    let process: SimulatedProcess
    private let cluster: Cluster
    let slot: String
    private let plane: DataPlane
    private let recorder = ObservationRecorder()
    private let stopping = Mutex(false)
    private let work = Mutex<Task<Void, Never>?>(nil)
    /// Fulfilled when it is gone, whichever way.
    let gone = Outcome<Bool>()

    init(_ cluster: Cluster, slot: String, life: Int) {
        self.cluster = cluster
        self.slot = slot
        process = cluster.process("\(slot).\(life)")
        plane = DataPlane(
            source: SimulatedStore(process: process, server: cluster.source), recorder: recorder,
            time: process.clock, quarantine: Cluster.settings.quarantine,
            hasRun: {
                cluster.hasLedger && !cluster.flaws.contains(.passageUnchecked)
            })
        process.atDeath { [gone] in gone.fulfil(true) }
    }

    var isServing: Bool { !process.isDead && !stopping.withLock { $0 } }

    /// Awake, with nothing under way and nothing in doubt.
    var isAtRest: Bool {
        process.isDead
            || !process.isPaused(at: process.world.now) && plane.inFlight == 0 && plane.doubts == 0
    }

    func start() {
        if cluster.hasLedger { plane.refuseUntilJoined() }
        let task = process.spawn { [self] in
            do {
                while !cluster.hasLedger {
                    await plane.lookForRun()
                    try await process.clock.sleep(for: .milliseconds(60))
                }
                try await join()
            } catch {}
        }
        work.withLock { $0 = task }
    }

    private func join() async throws {
        while true {
            do {
                let ledger = try cluster.ledger(process)
                let environment = cluster.environment(process, ledger, observer: recorder)
                try await plane.run(
                    environment, name: slot, host: Cluster.host, process: cluster.nextNumber(),
                    compare: MirrorOptions.Compare(), sink: NoDiscrepancies())
                await ledger.close()
                return
            } catch is LedgerError {
                // Not now: it tries again, as the real one does.
                try await process.clock.sleep(for: .milliseconds(200))
            }
        }
    }

    /// As SIGTERM: takes nothing new, lets what is under way end, leaves the run.
    func stop() {
        stopping.withLock { $0 = true }
        process.world.note(process.name, "is told to end")
        process.spawn { [self] in
            let limit = process.now + .seconds(2)
            while plane.inFlight > 0, process.now < limit {
                do { try await process.clock.sleep(for: .milliseconds(20)) } catch { return }
            }
            await plane.awaitOwnDoubts(atMost: .seconds(5))
            let task = work.withLock { $0 }
            task?.cancel()
            await task?.value
            if !process.isDead { process.kill() }
        }
    }

    enum Answer<Value: Sendable>: Sendable {
        case value(Value)
        case failure(any Error)
        /// The connection broke, or the client's patience ended.
        case broken
    }

    /// A request of the application. It runs in the gateway; the answer may never come.
    func request<Value: Sendable>(
        _ client: ProcessClock, _ body: @escaping @Sendable (DataPlane) async throws -> Value
    ) async -> Answer<Value> {
        let answer = Outcome<Answer<Value>>()
        let plane = plane
        process.atDeath { answer.fulfil(.broken) }
        process.spawn {
            do {
                answer.fulfil(.value(try await body(plane)))
            } catch {
                answer.fulfil(.failure(error))
            }
        }
        return await answer.wait(atMost: .seconds(5), time: client) ?? .broken
    }
}
