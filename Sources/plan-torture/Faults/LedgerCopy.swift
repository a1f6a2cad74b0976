import SQLite

/// A whole copy of a ledger that is in use, as a careful backup would make it.
func copyLedger(_ path: String, to copy: String) throws {
    let database = try SQLiteDatabase(path: path, access: .readWrite, busyTimeout: 5_000)
    try database.execute("VACUUM INTO '\(copy)'")
}
