import PlanCore
import Synchronization

/// How often a walk failed without getting on, of all its workers, and what it met last.
///
/// An error that the store has no name for, such as a 500, need not end what took hours, and may
/// not be tried for ever.
final class Standstill: Sendable {
    private static let most = 5

    private struct State {
        /// Where each range was found last.
        var places: [ChunkName: String] = [:]
        var failures = 0
        var trouble: (kind: String, text: String)?
    }

    private let state = Mutex(State())

    /// A try at what is left of a chunk.
    func begin(_ chunk: Chunk) {
        let place = chunk.cursor?.canonical ?? ""
        state.withLock { state in
            if let before = state.places[chunk.name], before != place { state.failures = 0 }
            state.places[chunk.name] = place
        }
    }

    /// A range was walked to its end.
    func end(_ chunk: Chunk) {
        state.withLock { state in
            state.failures = 0
            state.places[chunk.name] = nil
        }
    }

    /// What went wrong last; nil where it was forgotten since.
    var trouble: String? { state.withLock { $0.trouble?.text } }
    func forgetTrouble() { state.withLock { $0.trouble = nil } }

    /// Whether to go on after an error: what passes, always; what nobody knows, a few times.
    func bears(_ error: any Error) -> Bool {
        state.withLock { state in
            // Of one kind the first: libcurl's words say how many milliseconds it took.
            let found = error as? StoreError
            let kind = found.map { "\($0.store) \($0.operation) \($0.kind)" } ?? "\(error)"
            if state.trouble?.kind != kind { state.trouble = (kind, "\(error)") }
        }
        if error.passes { return true }
        return state.withLock { state in
            state.failures += 1
            return (error as? StoreError)?.kind == .other && state.failures <= Standstill.most
        }
    }
}
