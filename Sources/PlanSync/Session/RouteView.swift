import PlanCore
import Synchronization

/// This process's copy of the route, and what it has in flight under which epoch.
///
/// Invariant: an epoch is acknowledged only when nothing begun under an earlier one is in flight.
package final class RouteView: Sendable {
    private struct State {
        var route: Route
        var refreshed: Duration
        /// When this process first saw the hold that is on.
        var heldSince: Duration?
        var inFlight: [Int64: Int] = [:]
        var requests: Int64 = 0
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
        state.withLock { state in
            if route.epoch > state.route.epoch || (route.epoch == 0 && state.route.epoch == 0) {
                if !route.isHeld {
                    state.heldSince = nil
                } else if state.heldSince == nil || route.hold?.stage != state.route.hold?.stage {
                    state.heldSince = asked
                }
                state.route = route
            }
            if route.epoch >= state.route.epoch { state.refreshed = max(state.refreshed, asked) }
        }
    }

    /// Follows the route of another run's ledger, whose epochs begin anew. False while something is in
    /// flight under the old one's.
    func startAnew(_ route: Route, asked: Duration) -> Bool {
        state.withLock { state in
            guard state.inFlight.values.allSatisfy({ $0 == 0 }) else { return false }
            state.route = route
            state.heldSince = route.isHeld ? asked : nil
            state.refreshed = max(state.refreshed, asked)
            return true
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
