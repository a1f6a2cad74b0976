import Synchronization

/// A chunk of a walk, for the ledger and for the process that works on it.
package struct ChunkName: Hashable, Sendable {
    package var task: String
    package var number: Int
}

/// What this process's workers are at work on. A chunk that the ledger gives to this process and
/// that is in nobody's hand was taken by a commit of unknown outcome: it is taken again.
package final class ChunksInHand: Sendable {
    private struct State {
        var tickets: [ChunkName: Int] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// One for each try to take a chunk.
    func ticket() -> Int {
        state.withLock { state in
            state.last += 1
            return state.last
        }
    }

    func take(_ name: ChunkName, _ ticket: Int) { state.withLock { $0.tickets[name] = ticket } }
    func drop(_ name: ChunkName) { state.withLock { $0.tickets[name] = nil } }
    func drop(ticket: Int) {
        state.withLock { state in state.tickets = state.tickets.filter { $0.value != ticket } }
    }
    func contains(_ name: ChunkName) -> Bool { state.withLock { $0.tickets[name] != nil } }
}
