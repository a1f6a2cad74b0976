import PlanCore
import SQLite

extension SQLiteTransaction {
    func insert(_ window: Window) throws {
        try run(
            "INSERT INTO span VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", window.id, window.owner,
            window.range.after?.canonical, window.range.through?.canonical, window.epoch,
            window.authority.rawValue, window.purpose.rawValue)
    }

    private func window(_ row: SQLiteStatement) throws -> Window {
        guard let purpose = Window.Purpose(rawValue: row.text(6)) else {
            throw LedgerError.unreadable("'\(row.text(6))' is no purpose of a window")
        }
        return Window(
            id: row.integer(0), owner: row.integer(1),
            range: KeyRange(after: try optionalKey(row, 2), through: try optionalKey(row, 3)),
            epoch: row.integer(4), authority: try side(row.text(5)), purpose: purpose)
    }

    func window(_ id: Int64) throws -> Window? {
        try rows("SELECT * FROM span WHERE id = ?1", id, read: window).first
    }

    func deleteWindow(_ id: Int64) throws -> Bool {
        try run("DELETE FROM touched WHERE span = ?1", id)
        try run("DELETE FROM span WHERE id = ?1", id)
        return database.changes > 0
    }

    func windows() throws -> [Window] {
        try rows("SELECT * FROM span ORDER BY id", read: window)
    }

    func touch(_ key: RecordID, window: Int64) throws {
        try run(
            "INSERT INTO touched VALUES (?1, ?2) ON CONFLICT DO NOTHING", window, key.canonical)
    }

    func touched(window: Int64) throws -> [RecordID] {
        try rows("SELECT key FROM touched WHERE span = ?1 ORDER BY key", window) { row in
            try key(row.text(0))
        }
    }

    func insert(_ chunk: Chunk) throws {
        try run(
            "INSERT INTO chunk VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", chunk.task, chunk.number,
            chunk.range.after?.canonical, chunk.range.through?.canonical,
            chunk.cursor?.canonical, chunk.state.rawValue, chunk.owner,
            CountsText.encode(chunk.counters))
    }

    func update(_ chunk: Chunk) throws {
        try run(
            """
            UPDATE chunk SET cursor = ?3, state = ?4, owner = ?5, counters = ?6
            WHERE task = ?1 AND number = ?2
            """, chunk.task, chunk.number, chunk.cursor?.canonical, chunk.state.rawValue,
            chunk.owner, CountsText.encode(chunk.counters))
    }

    private func chunk(_ row: SQLiteStatement) throws -> Chunk {
        guard let state = Chunk.State(rawValue: row.text(5)) else {
            throw LedgerError.unreadable("'\(row.text(5))' is no state of a chunk")
        }
        return Chunk(
            task: row.text(0), number: Int(row.integer(1)),
            range: KeyRange(after: try optionalKey(row, 2), through: try optionalKey(row, 3)),
            cursor: try optionalKey(row, 4), state: state,
            owner: row.isNull(6) ? nil : row.integer(6),
            counters: CountsText.decode(row.text(7)))
    }

    func chunk(task: String, number: Int) throws -> Chunk? {
        try rows(
            "SELECT * FROM chunk WHERE task = ?1 AND number = ?2", task, number, read: chunk
        ).first
    }

    func chunks(task: String) throws -> [Chunk] {
        try rows("SELECT * FROM chunk WHERE task = ?1 ORDER BY number", task, read: chunk)
    }

    func deleteChunks(task: String) throws {
        try run("DELETE FROM chunk WHERE task = ?1", task)
    }

    func releaseChunks(of owner: Int64) throws {
        try run(
            "UPDATE chunk SET state = 'waiting', owner = NULL WHERE owner = ?1 AND state = 'active'",
            owner)
    }
}
