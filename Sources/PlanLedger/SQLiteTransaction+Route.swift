import PlanCore
import SQLite

extension SQLiteTransaction {
    func route() throws -> Route {
        let sql = """
            SELECT epoch, authority, follower, weight, mirror, ack, hold, weight_before,
                   held_for_ms FROM route
            """
        let found = try rows(sql) { row in
            var hold: Hold?
            if !row.isNull(6) {
                guard let stage = Hold.Stage(rawValue: row.text(6)) else {
                    throw LedgerError.unreadable("'\(row.text(6))' is no stage of a hold")
                }
                hold = Hold(
                    stage: stage, weightBefore: Int(row.integer(7)),
                    budget: .milliseconds(row.integer(8)))
            }
            guard let ack = Route.Acknowledgement(rawValue: row.text(5)) else {
                throw LedgerError.unreadable("'\(row.text(5))' is no acknowledgement")
            }
            return Route(
                epoch: row.integer(0), authority: try side(row.text(1)),
                follower: row.isNull(2) ? nil : try side(row.text(2)),
                weight: Int(row.integer(3)), mirror: Int(row.integer(4)), acknowledgement: ack,
                hold: hold)
        }
        guard let route = found.first else { throw LedgerError.unreadable("it has no route") }
        return route
    }

    func setRoute(_ next: Route) throws {
        precondition((0...100).contains(next.weight) && (0...100).contains(next.mirror))
        let budget = next.hold.map { Int64(($0.budget.milliseconds).rounded()) }
        try run(
            """
            UPDATE route SET epoch = ?1, authority = ?2, follower = ?3, weight = ?4, mirror = ?5,
                ack = ?6, hold = ?7, weight_before = ?8, held_for_ms = ?9
            """,
            next.epoch, next.authority.rawValue, next.follower?.rawValue, next.weight,
            next.mirror, next.acknowledgement.rawValue, next.hold?.stage.rawValue,
            next.hold?.weightBefore, budget)
    }
}
