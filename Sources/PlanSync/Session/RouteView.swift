import PlanCore
import Synchronization

/// This process's copy of the route, and what it has in flight under which epoch.
///
/// Invariant: an epoch is acknowledged only when nothing begun under an earlier one is in flight.
package final class RouteView: Sendable {
    private struct State {
        var route: Route
        /// Whose it is; nil before the first.
        var ledger: String?
        var refreshed: Duration
        /// When this process first saw the hold that is on.
        var heldSince: Duration?
        var inFlight: [Int64: Int] = [:]
        var requests: Int64 = 0

        mutating func adopt(_ route: Route, asked: Duration) {
            if route.epoch > self.route.epoch || (route.epoch == 0 && self.route.epoch == 0) {
                if !route.isHeld {
                    heldSince = nil
                } else if heldSince == nil || route.hold?.stage != self.route.hold?.stage {
                    heldSince = asked
                }
                self.route = route
            }
            if route.epoch >= self.route.epoch { refreshed = max(refreshed, asked) }
        }
    }

    private let state: Mutex<State>

    package init(route: Route = Route(), now: Duration) {
        state = Mutex(State(route: route, refreshed: now, heldSince: route.isHeld ? now : nil))
    }

    package var route: Route { state.withLock(\.route) }
    package var refreshed: Duration { state.withLock(\.refreshed) }
    package var heldSince: Duration? { state.withLock(\.heldSince) }
    package var requests: Int64 { state.withLock(\.requests) }
    package var inFlight: Int { state.withLock { $0.inFlight.values.reduce(0, +) } }

    /// Follows a newer route; an older one is ignored. `asked`: from before the ledger was read,
    /// for a process may sleep between that and here, and its route would pass for a fresh one.
    package func adopt(_ route: Route, asked: Duration) {
        state.withLock { $0.adopt(route, asked: asked) }
    }

    /// Follows the route of the ledger that this process joins. Another ledger's epochs may begin anew.
    ///
    /// Throws where it is an older copy of the ledger that was followed before, and where something is
    /// still in flight under another one's later epochs.
    func join(_ route: Route, of ledger: String, asked: Duration) throws(LedgerError) {
        try state.withLock { state throws(LedgerError) in
            if let known = state.ledger, known != ledger {
                let isIdle = state.inFlight.values.allSatisfy { $0 == 0 }
                guard isIdle || route.epoch > state.route.epoch else {
                    throw .unavailable("requests under the run before are still under way")
                }
                state.route = route
                state.heldSince = route.isHeld ? asked : nil
                state.refreshed = max(state.refreshed, asked)
            } else {
                guard route.epoch >= state.route.epoch else {
                    throw .unreadable(
                        "it is older than what was seen of it: its epoch is \(route.epoch), and was "
                            + "\(state.route.epoch)")
                }
                state.adopt(route, asked: asked)
            }
            state.ledger = ledger
        }
    }

    /// Begins an operation under the route as it is now.
    package func enter() -> Route {
        state.withLock { state in
            state.inFlight[state.route.epoch, default: 0] += 1
            state.requests += 1
            return state.route
        }
    }

    /// The operation goes on after its request has its answer, under the epoch it began in.
    package func enterAgain(_ route: Route) {
        state.withLock { $0.inFlight[route.epoch, default: 0] += 1 }
    }

    package func leave(_ route: Route) {
        state.withLock { state in
            let left = (state.inFlight[route.epoch] ?? 1) - 1
            state.inFlight[route.epoch] = left > 0 ? left : nil
        }
    }

    /// The newest epoch that can be acknowledged: this one, if nothing older is in flight.
    package var drained: Int64? {
        state.withLock { state in
            state.inFlight.keys.allSatisfy { $0 >= state.route.epoch } ? state.route.epoch : nil
        }
    }
}
