import PlanCore
import Synchronization

/// Applications that read the stores by themselves, along the route that they were told.
///
/// Whoever was told a route counts as a read in flight under it, so that a flip waits for it, until
/// it has shown that it follows a newer one or its time is up. By its own clock, which counts from
/// before it asked, it is up sooner than by this one.
package final class ReaderLeases: Sendable {
    private struct Lease {
        var route: Route
        var until: Duration
    }

    /// Names at once, at most.
    package static let limit = 1_000

    private let leases = Mutex<[String: [Lease]]>([:])

    package init() {}

    package var count: Int { leases.withLock(\.count) }

    /// Tells a reader the route as it is. `holding` is the epoch that it follows already: nothing of
    /// its is under way any more that it began under an earlier one. nil where too many ask.
    func renew(
        _ name: String, holding: Int64?, view: RouteView, now: Duration, span: Duration
    ) -> Route? {
        leases.withLock { leases in
            var own = leases[name] ?? []
            guard !own.isEmpty || leases.count < ReaderLeases.limit else { return nil }
            // In one step with the count of what is in flight: an epoch that is told is not drained.
            let route = view.enter()
            own = own.filter { lease in
                let isLeft =
                    lease.route.epoch < (holding ?? lease.route.epoch)
                    || lease.route.epoch == route.epoch || lease.until <= now
                if isLeft { view.leave(lease.route) }
                return !isLeft
            }
            leases[name] = own + [Lease(route: route, until: now + span)]
            return route
        }
    }

    /// Lets go of those whose time is up.
    func expire(_ view: RouteView, now: Duration) {
        leases.withLock { leases in
            for (name, own) in leases.sorted(by: { $0.key < $1.key }) {
                for lease in own where lease.until <= now { view.leave(lease.route) }
                let left = own.filter { $0.until > now }
                leases[name] = left.isEmpty ? nil : left
            }
        }
    }
}
