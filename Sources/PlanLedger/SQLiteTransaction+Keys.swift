import PlanCore
import SQLite

extension SQLiteTransaction {
    func insert(_ intent: Intent) throws {
        try run(
            "INSERT INTO intent VALUES (?1, ?2, ?3, ?4, ?5, ?6)", intent.id,
            intent.key.canonical, intent.owner, intent.epoch, intent.authority.rawValue,
            intent.purpose.rawValue)
    }

    private func intent(_ row: SQLiteStatement) throws -> Intent {
        guard let purpose = Intent.Purpose(rawValue: row.text(5)) else {
            throw LedgerError.unreadable("'\(row.text(5))' is no purpose of an intent")
        }
        return Intent(
            id: row.integer(0), key: try key(row.text(1)), owner: row.integer(2),
            epoch: row.integer(3), authority: try side(row.text(4)), purpose: purpose)
    }

    func intent(_ id: Int64) throws -> Intent? {
        try rows("SELECT * FROM intent WHERE id = ?1", id, read: intent).first
    }

    func deleteIntent(_ id: Int64) throws -> Bool {
        try run("DELETE FROM intent WHERE id = ?1", id)
        return database.changes > 0
    }

    func pendingCount(_ key: RecordID) throws -> Int {
        Int(try integer("SELECT count(*) FROM intent WHERE key = ?1", key.canonical))
    }

    func intents(owner: Int64?) throws -> [Intent] {
        if let owner {
            return try rows(
                "SELECT * FROM intent WHERE owner = ?1 ORDER BY id", owner, read: intent)
        }
        return try rows("SELECT * FROM intent ORDER BY id", read: intent)
    }

    func intents(on key: RecordID) throws -> [Intent] {
        try rows(
            "SELECT * FROM intent WHERE key = ?1 ORDER BY id", key.canonical, read: intent)
    }

    func intentCount() throws -> Int { Int(try integer("SELECT count(*) FROM intent")) }

    func isDirty(_ key: RecordID) throws -> Bool {
        try integer("SELECT count(*) FROM dirty WHERE key = ?1", key.canonical) > 0
    }

    func markDirty(_ key: RecordID, since: Double) throws {
        try run(
            "INSERT INTO dirty VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING", key.canonical, since)
    }

    func setAttempts(_ key: RecordID, _ attempts: Int) throws {
        try run("UPDATE dirty SET attempts = ?2 WHERE key = ?1", key.canonical, attempts)
    }

    func clearDirty(_ key: RecordID) throws -> Bool {
        try run("DELETE FROM dirty WHERE key = ?1", key.canonical)
        return database.changes > 0
    }

    private func dirty(_ row: SQLiteStatement) throws -> DirtyKey {
        DirtyKey(
            key: try key(row.text(0)), since: row.real(1), attempts: Int(row.integer(2)))
    }

    func repairableKeys(limit: Int) throws -> [DirtyKey] {
        try rows(
            """
            SELECT key, since, attempts FROM dirty
            WHERE NOT EXISTS (SELECT 1 FROM intent WHERE intent.key = dirty.key)
            ORDER BY since, key LIMIT ?1
            """, limit, read: dirty)
    }

    func dirtyKeys() throws -> [DirtyKey] {
        try rows("SELECT key, since, attempts FROM dirty ORDER BY since, key", read: dirty)
    }

    func dirtyCount() throws -> Int { Int(try integer("SELECT count(*) FROM dirty")) }

    func oldestDirty() throws -> DirtyKey? {
        try rows(
            "SELECT key, since, attempts FROM dirty ORDER BY since, key LIMIT 1", read: dirty
        ).first
    }

    func refuse(_ key: RefusedKey) throws {
        try run(
            """
            INSERT INTO refused VALUES (?1, ?2, ?3)
            ON CONFLICT (key) DO UPDATE SET reason = ?2, side = ?3
            """, key.key.canonical, key.reason, key.side.rawValue)
    }

    func forgetRefusal(_ key: RecordID) throws {
        try run("DELETE FROM refused WHERE key = ?1", key.canonical)
    }

    func refusedCount() throws -> Int { Int(try integer("SELECT count(*) FROM refused")) }

    func refusal(of key: RecordID) throws -> RefusedKey? {
        try rows(
            "SELECT key, reason, side FROM refused WHERE key = ?1", key.canonical, read: refused
        ).first
    }

    private func refused(_ row: SQLiteStatement) throws -> RefusedKey {
        RefusedKey(key: try key(row.text(0)), side: try side(row.text(2)), reason: row.text(1))
    }

    func refusedKeys(limit: Int) throws -> [RefusedKey] {
        try rows(
            "SELECT key, reason, side FROM refused ORDER BY key LIMIT ?1", limit, read: refused)
    }
}
