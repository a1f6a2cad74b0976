import Glibc
import PlanCore
import PlanLedger
import PlanSync
import Synchronization

/// A gateway's data plane that has joined a run of its own, with all that works behind it.
final class PlaneBench: Sendable {
    let plane: DataPlane
    private let ledger: SQLiteLedger
    private let executor: Session
    private let work: Task<Void, any Error>
    private let versions = Mutex(1)

    init(
        _ lab: Lab, _ source: any VectorStore, _ target: any VectorStore, follower: Side?
    ) async throws {
        ledger = try await lab.ledger("plane", follower: follower)
        let recorder = ObservationRecorder()
        let plane = DataPlane(source: source, recorder: recorder, time: lab.time)
        self.plane = plane
        let environment = lab.environment(ledger, from: source, to: target, observer: recorder)
        work = Task {
            try await plane.run(
                environment, name: "bench", host: "bench", process: getpid(),
                compare: MirrorOptions.Compare(), sink: NoDiscrepancies())
        }
        while plane.session == nil { try await Task.sleep(for: .milliseconds(2)) }
        executor = try await Session.join(
            environment, role: .executor, host: "bench", process: getpid())
    }

    func nextVersion() -> Int {
        versions.withLock { version in
            version += 1_000
            return version
        }
    }

    /// Changes the route as a step does, and waits for the plane to follow.
    func flip(_ change: @escaping @Sendable (inout Route) -> Void) async throws {
        _ = try await ledger.write(.durable) { rows in
            try rows.flip(from: try rows.route().epoch, change)
        }
        try await Flips(session: executor, expected: 1).awaitAcknowledgement()
    }

    func end() async {
        work.cancel()
        _ = await work.result
        await executor.leave()
        await ledger.close()
    }
}
