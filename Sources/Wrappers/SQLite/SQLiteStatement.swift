import CSQLite

/// A prepared statement. Parameters and columns are counted from 1 and from 0, as SQLite does.
package final class SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer
    static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ handle: OpaquePointer, connection: OpaquePointer) {
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    package func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    private func check(_ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw SQLiteDatabase.error(connection) }
    }

    package func bind(_ index: Int32, _ value: Int64) throws(SQLiteError) {
        try check(sqlite3_bind_int64(handle, index, value))
    }

    package func bind(_ index: Int32, _ value: Double) throws(SQLiteError) {
        try check(sqlite3_bind_double(handle, index, value))
    }

    package func bindNull(_ index: Int32) throws(SQLiteError) {
        try check(sqlite3_bind_null(handle, index))
    }

    /// Every byte counts: text may hold NUL.
    package func bind(_ index: Int32, _ text: String) throws(SQLiteError) {
        var text = text
        let code = text.withUTF8 { bytes in
            sqlite3_bind_text64(
                handle, index,
                UnsafeRawPointer(bytes.baseAddress ?? SQLiteStatement.nothing)
                    .assumingMemoryBound(to: CChar.self),
                UInt64(bytes.count), SQLiteStatement.copied, UInt8(SQLITE_UTF8))
        }
        try check(code)
    }

    package func bind(_ index: Int32, blob: UnsafeRawBufferPointer) throws(SQLiteError) {
        try check(
            sqlite3_bind_blob64(
                handle, index, blob.baseAddress ?? UnsafeRawPointer(SQLiteStatement.nothing),
                UInt64(blob.count), SQLiteStatement.copied))
    }

    package func bind(_ index: Int32, floats: [Float]) throws(SQLiteError) {
        let result: Result<Void, SQLiteError> = floats.withUnsafeBytes { bytes in
            Result { () throws(SQLiteError) in try bind(index, blob: bytes) }
        }
        try result.get()
    }

    nonisolated(unsafe) private static let nothing: UnsafePointer<UInt8> = {
        let place = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
        place.initialize(to: 0)
        return UnsafePointer(place)
    }()

    /// True where there is a row; false at the end.
    package func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = SQLiteDatabase.error(connection)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs a statement that gives no rows, and makes it ready for the next use.
    package func run() throws(SQLiteError) {
        while try step() {}
        reset()
    }

    package enum Kind: Hashable, Sendable { case null, integer, real, text, blob }

    package func kind(_ column: Int32) -> Kind {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    package func isNull(_ column: Int32) -> Bool { kind(column) == .null }
    package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    package func real(_ column: Int32) -> Double { sqlite3_column_double(handle, column) }

    package func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    /// A text's UTF-8 in place: valid until the next step.
    package func textBytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let bytes = sqlite3_column_text(handle, column)
        return UnsafeRawBufferPointer(
            start: bytes, count: Int(sqlite3_column_bytes(handle, column)))
    }

    /// The column's bytes in place: valid until the next step.
    package func blob(_ column: Int32) -> UnsafeRawBufferPointer {
        let bytes = sqlite3_column_blob(handle, column)
        return UnsafeRawBufferPointer(
            start: bytes, count: Int(sqlite3_column_bytes(handle, column)))
    }

    package var columnCount: Int32 { sqlite3_column_count(handle) }
}
