import CPostgres

/// The rows of one statement, in binary, in libpq's own memory: read them in place.
package final class PostgresResult {
    private let handle: OpaquePointer
    package let count: Int
    package let columns: Int

    init(_ handle: OpaquePointer) {
        self.handle = handle
        count = Int(PQntuples(handle))
        columns = Int(PQnfields(handle))
    }

    deinit { PQclear(handle) }

    /// Rows that an INSERT, UPDATE, DELETE or COPY touched.
    package var affected: Int {
        PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// nil for NULL. Valid as long as the result is.
    package func bytes(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
        let row = Int32(truncatingIfNeeded: row)
        let column = Int32(truncatingIfNeeded: column)
        guard PQgetisnull(handle, row, column) == 0,
            let start = PQgetvalue(handle, row, column)
        else { return nil }
        return UnsafeRawBufferPointer(
            start: start, count: Int(PQgetlength(handle, row, column)))
    }

    /// An int2, int4, int8 or oid; nil for NULL and for anything else.
    package func integer(_ row: Int, _ column: Int) -> Int64? {
        guard let bytes = bytes(row, column) else { return nil }
        switch bytes.count {
        case 8: return Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case 4: return Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case 2: return Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        default: return nil
        }
    }

    package func double(_ row: Int, _ column: Int) -> Double? {
        guard let bytes = bytes(row, column), bytes.count == 8 else { return nil }
        return Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)))
    }

    package func bool(_ row: Int, _ column: Int) -> Bool? {
        guard let bytes = bytes(row, column), bytes.count == 1 else { return nil }
        return bytes[0] != 0
    }

    package func text(_ row: Int, _ column: Int) -> String? {
        bytes(row, column).map { String(decoding: $0, as: UTF8.self) }
    }
}
