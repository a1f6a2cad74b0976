import PlanCore
import Synchronization

/// How the ledger misbehaves: the chance of each, per commit.
package final class LedgerFaults: Sendable {
    /// Surely not committed.
    let refused: Double
    /// Committed, but the caller is not told.
    let unknown: Double
    private let on = Mutex(true)

    package init(refused: Double, unknown: Double) {
        self.refused = refused
        self.unknown = unknown
    }

    var isOn: Bool { on.withLock { $0 } }
    package func heal() { on.withLock { $0 = false } }
}

/// Sees every change of the route: epochs grow by one, and none is used twice.
package final class EpochWatch: Sendable {
    private let routes = Mutex<[Int64: Route]>([:])
    private let violations = Mutex<[String]>([])

    package init() {}

    package var found: [String] { violations.withLock { $0 } }

    func check(_ before: Route, _ after: Route, _ process: SimulatedProcess) {
        guard before != after else { return }
        process.world.note(process.name, "flips to \(RouteText.of(after))")
        process.world.count("flip")
        let reused = routes.withLock { routes in
            if let known = routes[after.epoch], known != after { return true }
            routes[after.epoch] = after
            return false
        }
        if reused || after.epoch != before.epoch + 1 {
            violations.withLock {
                $0.append("epoch reused: \(RouteText.of(before)) became \(RouteText.of(after))")
            }
        }
    }
}

enum RouteText {
    static func of(_ route: Route) -> String {
        var text = "epoch \(route.epoch), \(route.authority.rawValue)"
        if let follower = route.follower { text += " → \(follower.rawValue)" }
        if route.weight > 0 { text += ", weight \(route.weight)" }
        if route.mirror > 0 { text += ", mirror \(route.mirror)" }
        if route.acknowledgement == .both { text += ", both acknowledge" }
        if let hold = route.hold { text += ", \(hold.stage.rawValue)" }
        return text
    }
}
