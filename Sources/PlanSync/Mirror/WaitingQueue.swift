import Synchronization

/// A bounded queue whose takers sleep until something comes: an idle one costs nothing.
final class WaitingQueue<Element: Sendable>: Sendable {
    private typealias Taker = CheckedContinuation<Element?, Never>

    private struct State {
        var elements: [Element] = []
        /// The longest waiting first; each with a ticket, for it may be cancelled.
        var takers: [(ticket: Int, taker: Taker)] = []
        var tickets = 0
    }

    private enum Offered {
        case kept, refused
        case handed(Taker)
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// False where it is full.
    func offer(_ element: Element) -> Bool {
        let offered = state.withLock { state -> Offered in
            if !state.takers.isEmpty { return .handed(state.takers.removeFirst().taker) }
            guard state.elements.count < limit else { return .refused }
            state.elements.append(element)
            return .kept
        }
        switch offered {
        case .kept: return true
        case .refused: return false
        case .handed(let taker):
            taker.resume(returning: element)
            return true
        }
    }

    /// nil once the task is cancelled.
    func take() async -> Element? {
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { taker in
                let now = state.withLock { state -> Element?? in
                    if Task.isCancelled { return .some(nil) }
                    if !state.elements.isEmpty { return .some(state.elements.removeFirst()) }
                    state.takers.append((ticket, taker))
                    return nil
                }
                if let now { taker.resume(returning: now) }
            }
        } onCancel: {
            let taker = state.withLock { state -> Taker? in
                guard let place = state.takers.firstIndex(where: { $0.ticket == ticket }) else {
                    return nil
                }
                return state.takers.remove(at: place).taker
            }
            taker?.resume(returning: nil)
        }
    }
}
