import PlanCore
import Synchronization

/// Lists of all ids of a collection, one at a time: who asks while one is made shares the next with
/// all others who ask meanwhile. It begins after each of them asked.
final class ChromaTurns: Sendable {
    private struct Turn: Sendable {
        var number: Int
        var collection: String
        var task: Task<[RecordID], any Error>
    }

    private struct State {
        var turns = 0
        /// Both until they have their list.
        var running: Turn?
        var next: Turn?
    }

    private let state = Mutex(State())

    /// - Parameter list: makes it, in the order of `RecordID`.
    func ids(
        of collection: String, _ list: @escaping @Sendable () async throws -> [RecordID]
    ) async throws -> [RecordID] {
        let task = state.withLock { state in
            if let next = state.next, next.collection == collection { return next.task }
            state.turns += 1
            let number = state.turns
            let before = (state.next ?? state.running)?.task
            let task = Task {
                _ = await before?.result
                self.begin(number)
                defer { self.end(number) }
                return try await list()
            }
            state.next = Turn(number: number, collection: collection, task: task)
            return task
        }
        return try await task.value
    }

    private func begin(_ number: Int) {
        state.withLock { state in
            guard let next = state.next, next.number == number else { return }
            state.running = next
            state.next = nil
        }
    }

    private func end(_ number: Int) {
        state.withLock { state in
            if state.running?.number == number { state.running = nil }
        }
    }
}
