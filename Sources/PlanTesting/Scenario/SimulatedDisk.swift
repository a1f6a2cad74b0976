import PlanCore
import Synchronization

/// The run's folder, which outlives every process.
package final class SimulatedDisk: Sendable {
    private let record = Mutex<RunRecord?>(nil)

    package init() {}

    package var current: RunRecord? { record.withLock { $0 } }

    func save(_ next: RunRecord) { record.withLock { $0 = next } }
}

/// One process's way to it: a save is whole or not at all, and takes time.
package struct SimulatedRunStore: RunStore {
    let process: SimulatedProcess
    let disk: SimulatedDisk

    package func load() async throws -> RunRecord? {
        try process.checkAlive()
        return disk.current
    }

    package func save(_ record: RunRecord) async throws {
        try await delay()
        disk.save(record)
        try await delay()
    }

    package func append(event: JSONObject) async throws {
        try process.checkAlive()
        guard case .string(let name)? = event["event"] else { return }
        let rest = event.sortedByKey.filter { !["event", "time"].contains($0.key) }
        process.world.note(
            process.name, name + rest.map { " \($0.key)=\($0.value)" }.joined())
    }

    private func delay() async throws {
        try await process.wait(
            process.world.draw { $0.duration(.microseconds(50), .milliseconds(3)) })
    }
}
