import PlanCore
import Synchronization

package enum GateAnswer<Value: Sendable>: Sendable {
    case passed(Value)
    case held
}

/// Where writes wait while authority moves: a bounded queue, for a bounded time.
package final class HoldGate: Sendable {
    private let waiting = Mutex(0)

    package init() {}

    package var heldWrites: Int { waiting.withLock { $0 } }

    /// Runs the body under the route as it is; while it answers `held`, waits for another route
    /// and runs it again.
    func passing<Value: Sendable>(
        _ session: Session, _ body: (Route) async throws -> GateAnswer<Value>
    ) async throws -> Value {
        let limit = session.time.now + patience(session.settings.writePauseMax)
        var isWaiting = false
        defer { if isWaiting { waiting.withLock { $0 -= 1 } } }
        while true {
            try await session.refreshIfStale()
            let entered = session.route.enter()
            let answer: GateAnswer<Value>
            do {
                answer = try await body(entered)
                session.route.leave(entered)
            } catch {
                session.route.leave(entered)
                throw error
            }
            if case .passed(let value) = answer { return value }
            if !isWaiting {
                isWaiting = try joinQueue(session)
            }
            guard session.time.now < limit else {
                session.environment.observer.count(.heldWriteRefused)
                throw WriteFailure.held(retryAfter: .seconds(1))
            }
            try await session.time.sleep(for: session.settings.heldRoutePoll)
        }
    }

    /// A hold is over `write_pause_max` after it was first seen, and the flip that ends it takes its
    /// time: a write that came with the hold should not give up just before.
    private func patience(_ pause: Duration) -> Duration { pause + min(pause / 2, .seconds(1)) }

    private func joinQueue(_ session: Session) throws -> Bool {
        let isFull = waiting.withLock { count in
            guard count < session.settings.heldWritesMax else { return true }
            count += 1
            return false
        }
        if isFull {
            session.environment.observer.count(.heldWriteRefused)
            throw WriteFailure.held(retryAfter: .seconds(1))
        }
        session.environment.observer.count(.heldWrite)
        return true
    }
}
