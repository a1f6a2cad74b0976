import Synchronization

/// Lets one task at a time work on a key, within this process: for stores that replace or patch a
/// record in two requests. All keys of a task are taken at once, in the order of asking.
final class KeyLocks: Sendable {
    fileprivate struct Waiter {
        let ticket: Int
        let keys: Set<String>
        let continuation: CheckedContinuation<Bool, Never>
    }

    fileprivate struct State {
        var held: Set<String> = []
        var waiting: [Waiter] = []
        var tickets = 0
    }

    private let state = Mutex(State())

    /// Throws `CancellationError` where the task is cancelled before it has its keys.
    func run<Result: Sendable>(
        _ keys: some Sequence<String>, _ body: () async throws -> Result
    ) async throws -> Result {
        let keys = Set(keys)
        try await take(keys)
        defer { giveBack(keys) }
        return try await body()
    }

    private func take(_ keys: Set<String>) async throws {
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        let isTaken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    let isFree =
                        state.held.isDisjoint(with: keys)
                        && state.waiting.allSatisfy { $0.keys.isDisjoint(with: keys) }
                    if isFree {
                        state.held.formUnion(keys)
                        return true
                    }
                    state.waiting.append(
                        Waiter(ticket: ticket, keys: keys, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let (dropped, ready) = state.withLock { state in
                let dropped = state.waiting.firstIndex { $0.ticket == ticket }
                    .map { state.waiting.remove(at: $0) }
                return (dropped, state.admit())
            }
            dropped?.continuation.resume(returning: false)
            for waiter in ready { waiter.continuation.resume(returning: true) }
        }
        guard isTaken else { throw CancellationError() }
    }

    private func giveBack(_ keys: Set<String>) {
        let ready = state.withLock { state in
            state.held.subtract(keys)
            return state.admit()
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
    }
}

extension KeyLocks.State {
    /// Those whose turn it is: nobody holds their keys, or waited for them before.
    fileprivate mutating func admit() -> [KeyLocks.Waiter] {
        var ready: [KeyLocks.Waiter] = []
        var rest: [KeyLocks.Waiter] = []
        var wanted: Set<String> = []
        for waiter in waiting {
            if held.isDisjoint(with: waiter.keys), wanted.isDisjoint(with: waiter.keys) {
                held.formUnion(waiter.keys)
                ready.append(waiter)
            } else {
                wanted.formUnion(waiter.keys)
                rest.append(waiter)
            }
        }
        waiting = rest
        return ready
    }
}
