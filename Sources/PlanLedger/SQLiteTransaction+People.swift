import PlanCore
import SQLite

extension SQLiteTransaction {
    private func owner(_ row: SQLiteStatement) throws -> Owner {
        guard let role = Owner.Role(rawValue: row.text(1)) else {
            throw LedgerError.unreadable("'\(row.text(1))' is no role")
        }
        return Owner(
            number: row.integer(0), role: role, host: row.text(2),
            process: Int32(truncatingIfNeeded: row.integer(3)))
    }

    func insertOwner(role: Owner.Role, host: String, process: Int32) throws -> Owner {
        try run(
            "INSERT INTO owner (role, host, process) VALUES (?1, ?2, ?3)", role.rawValue, host,
            Int(process))
        return Owner(
            number: database.lastInsertedRow, role: role, host: host, process: process)
    }

    func owner(_ number: Int64) throws -> Owner? {
        try rows("SELECT * FROM owner WHERE number = ?1", number, read: owner).first
    }

    func owners() throws -> [Owner] { try rows("SELECT * FROM owner ORDER BY number", read: owner) }

    func deleteOwner(_ number: Int64) throws {
        try run("DELETE FROM owner WHERE number = ?1", number)
    }

    func setRole(_ role: Owner.Role, of owner: Int64) throws {
        try run("UPDATE owner SET role = ?1 WHERE number = ?2", role.rawValue, owner)
    }

    func upsert(_ gateway: GatewayRow) throws {
        try run(
            """
            INSERT INTO gateway VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (owner) DO UPDATE
            SET name = ?2, acknowledged = ?3, seen = ?4, requests = ?5
            """, gateway.owner, gateway.name, gateway.acknowledged, gateway.seen,
            gateway.requests)
    }

    func gateways() throws -> [GatewayRow] {
        try rows("SELECT * FROM gateway ORDER BY owner") { row in
            GatewayRow(
                owner: row.integer(0), name: row.text(1), acknowledged: row.integer(2),
                seen: row.real(3), requests: row.integer(4))
        }
    }

    func deleteGateway(owner: Int64) throws {
        try run("DELETE FROM gateway WHERE owner = ?1", owner)
    }

    func insert(_ request: PersonRequest) throws {
        try run(
            "INSERT INTO request (kind, argument, user, time) VALUES (?1, ?2, ?3, ?4)",
            request.kind, request.argument, request.user, request.time)
    }

    func requests() throws -> [PersonRequest] {
        try rows("SELECT * FROM request ORDER BY id") { row in
            PersonRequest(
                id: row.integer(0), kind: row.text(1), argument: row.text(2), user: row.text(3),
                time: row.real(4))
        }
    }

    func deleteRequest(_ id: Int64) throws { try run("DELETE FROM request WHERE id = ?1", id) }

    func insert(_ observation: Observation) throws {
        try run(
            "INSERT INTO observation VALUES (?1, ?2, ?3, ?4)", observation.gateway,
            observation.sequence, observation.metric, CountsText.encode(observation.counts))
    }

    func observations(after seen: [Int64: Int64]) throws -> [Observation] {
        try rows("SELECT * FROM observation ORDER BY gateway, sequence, metric") { row in
            Observation(
                gateway: row.integer(0), sequence: row.integer(1), metric: row.text(2),
                counts: CountsText.decode(row.text(3)))
        }.filter { $0.sequence > seen[$0.gateway] ?? 0 }
    }

    func deleteObservations(gateway: Int64, through sequence: Int64) throws {
        try run(
            "DELETE FROM observation WHERE gateway = ?1 AND sequence <= ?2", gateway, sequence)
    }

    func setStatus(_ name: String, _ text: String?) throws {
        if let text {
            try run(
                "INSERT INTO status VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET text = ?2",
                name, text)
        } else {
            try run("DELETE FROM status WHERE name = ?1", name)
        }
    }

    func status(_ name: String) throws -> String? {
        try rows("SELECT text FROM status WHERE name = ?1", name) { $0.text(0) }.first
    }
}
