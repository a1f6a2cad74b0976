import PlanCore
import Synchronization

/// Lets writes that look before they write to a key do so one after the other.
///
/// Of this process alone: between two gateways, two such writes of one key at once may each see
/// that it is not there.
package final class KeyTurns: Sendable {
    private struct Waiting {
        let keys: Set<RecordID>
        let turn: CheckedContinuation<Void, Never>
    }

    private struct State {
        var busy: Set<RecordID> = []
        var waiting: [Waiting] = []

        /// Those whose turn it is: nobody before them waits for one of their keys.
        mutating func next() -> [CheckedContinuation<Void, Never>] {
            var turns: [CheckedContinuation<Void, Never>] = []
            var passed: Set<RecordID> = []
            waiting.removeAll { one in
                guard busy.isDisjoint(with: one.keys), passed.isDisjoint(with: one.keys) else {
                    passed.formUnion(one.keys)
                    return false
                }
                busy.formUnion(one.keys)
                turns.append(one.turn)
                return true
            }
            return turns
        }
    }

    private let state = Mutex(State())

    package init() {}

    package func run<Value: Sendable>(
        _ keys: some Sequence<RecordID>, _ body: () async throws -> Value
    ) async throws -> Value {
        let keys = Set(keys)
        await withCheckedContinuation { turn in
            let turns = state.withLock { state in
                state.waiting.append(Waiting(keys: keys, turn: turn))
                return state.next()
            }
            for turn in turns { turn.resume() }
        }
        defer {
            let turns = state.withLock { state in
                state.busy.subtract(keys)
                return state.next()
            }
            for turn in turns { turn.resume() }
        }
        return try await body()
    }
}
