import PlanCore
import Synchronization

/// The writes that applications carry out themselves just now.
package final class WriteLeases: Sendable {
    /// A lease, and what is to be ended with it.
    struct Held: Sendable {
        var route: Route
        var keys: [RecordID]
        /// One a key; none where nothing followed.
        var intents: [Intent]
        /// From before the intents were asked for.
        var asked: Duration
        var until: Duration
        /// nil where there was no run.
        var session: Session?
        var acknowledgement = Route.Acknowledgement.authority
    }

    private struct State {
        var held: [String: Held] = [:]
        /// Those whose time was up, oldest first.
        var lapsed: [String: Held] = [:]
        var order: [String] = []
        var count: Int64 = 0
    }

    /// Writes at once, at most.
    package static let limit = 10_000
    /// How many of those that lapsed are remembered.
    private static let remembered = 1_000

    private let state = Mutex(State())
    /// Tells this process's leases from those of one before it.
    private let stamp: String

    package init(stamp: String) { self.stamp = stamp }

    package var count: Int { state.withLock(\.held.count) }
    var isFull: Bool { count >= WriteLeases.limit }

    func hold(_ held: Held) -> String {
        state.withLock { state in
            state.count += 1
            let name = "\(stamp)-\(state.count)"
            state.held[name] = held
            return name
        }
    }

    enum Found {
        case held(Held)
        case lapsed(Held)
        case unknown
    }

    /// Takes a lease out, once.
    func take(_ name: String) -> Found {
        state.withLock { state in
            if let held = state.held.removeValue(forKey: name) { return .held(held) }
            if let held = state.lapsed[name] { return .lapsed(held) }
            return .unknown
        }
    }

    /// Gives up those whose time is up, or all of a session: what was sent under them may still
    /// land, so their intents stay until nothing can.
    func expire(_ view: RouteView, now: Duration, session: Session? = nil) {
        let due = state.withLock { state in
            let due = state.held.filter { name, held in
                held.until <= now || session != nil && held.session === session
            }
            for (name, held) in due.sorted(by: { $0.key < $1.key }) {
                state.held[name] = nil
                state.lapsed[name] = held
                state.order.append(name)
            }
            let surplus = state.order.count - WriteLeases.remembered
            if surplus > 0 {
                for name in state.order.prefix(surplus) { state.lapsed[name] = nil }
                state.order.removeFirst(surplus)
            }
            return due
        }
        for (_, held) in due.sorted(by: { $0.key < $1.key }) {
            if let session = held.session {
                session.environment.observer.count(.unknownOutcome)
                session.orphans.add(held.intents, now: now)
            }
            view.leave(held.route)
        }
    }
}
