import CSQLite

/// One connection. Not `Sendable`: it belongs to one actor, whose executor may block.
package final class SQLiteDatabase {
    package enum Access: Hashable, Sendable {
        /// Must exist.
        case readOnly, readWrite
        case readWriteCreate
    }

    private let handle: OpaquePointer
    private var cache: [String: SQLiteStatement] = [:]
    package let path: String

    /// `path` may be `:memory:`. `busyTimeout` in milliseconds; 0 fails at once.
    package init(path: String, access: Access, busyTimeout: Int32 = 0) throws(SQLiteError) {
        let flags: Int32 =
            switch access {
            case .readOnly: SQLITE_OPEN_READONLY
            case .readWrite: SQLITE_OPEN_READWRITE
            case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(
            path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened else {
            throw SQLiteError(
                code: SQLITE_NOMEM, extended: SQLITE_NOMEM, message: "out of memory")
        }
        guard code == SQLITE_OK else {
            let error = SQLiteDatabase.error(opened)
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        self.path = path
        sqlite3_busy_timeout(handle, busyTimeout)
    }

    deinit {
        cache.removeAll()
        sqlite3_close_v2(handle)
    }

    static func error(_ handle: OpaquePointer) -> SQLiteError {
        let extended = sqlite3_extended_errcode(handle)
        let text = sqlite3_errmsg(handle).map { String(cString: $0) } ?? "unknown error"
        return SQLiteError(code: extended & 0xff, extended: extended, message: text)
    }

    /// Loads a library of SQL functions and virtual tables, for this connection alone.
    package func load(extension path: String) throws(SQLiteError) {
        sqlite3_enable_load_extension(handle, 1)
        defer { sqlite3_enable_load_extension(handle, 0) }
        var message: UnsafeMutablePointer<CChar>?
        let code = sqlite3_load_extension(handle, path, nil, &message)
        defer { sqlite3_free(message) }
        guard code == SQLITE_OK else {
            throw SQLiteError(
                code: code & 0xff, extended: code,
                message: "the extension '\(path)' cannot be loaded: "
                    + (message.map { String(cString: $0) } ?? "unknown error"))
        }
    }

    /// Gives this connection `shortest(REAL)`: the fewest digits that are that number, as text.
    /// SQLite's own `printf` has too many or too few. An infinite number is an error.
    package func defineShortest() throws(SQLiteError) {
        let code = sqlite3_create_function_v2(
            handle, "shortest", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nil,
            { context, _, values in
                let number = sqlite3_value_double(values?[0])
                guard number.isFinite else {
                    let why = "a number is infinite, as none of JSON is"
                    return sqlite3_result_error(context, why, -1)
                }
                sqlite3_result_text(context, number.description, -1, SQLiteStatement.copied)
            }, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteDatabase.error(handle) }
    }

    /// Runs one or several statements without parameters.
    package func execute(_ sql: String) throws(SQLiteError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
            throw SQLiteDatabase.error(handle)
        }
    }

    /// A statement from this connection's cache, reset and without bindings. Finish with one use
    /// before asking for the same text again.
    package func statement(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let cached = cache[sql] {
            cached.reset()
            return cached
        }
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(
            handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw SQLiteDatabase.error(handle) }
        let statement = SQLiteStatement(prepared, connection: handle)
        // Filters make many texts; what is dropped lives on while it is in use.
        if cache.count >= 256 { cache.removeAll() }
        cache[sql] = statement
        return statement
    }

    /// Rows changed by the latest statement.
    package var changes: Int { Int(sqlite3_changes64(handle)) }
    package var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }
    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    package func setBusyTimeout(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

    /// Lets a long statement on another thread end early. The one call that any thread may make.
    package func interrupt() { sqlite3_interrupt(handle) }
}
