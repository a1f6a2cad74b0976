import CPostgres
import Glibc

extension PostgresConnection {
    /// Writes rows through `COPY … FROM STDIN (FORMAT binary)`. `row` writes the fields of one row
    /// with `appendField`; there are `columns` of them. Returns how many rows the server took.
    @discardableResult
    package func copyIn(
        _ sql: String, rows: Int, columns: Int16,
        _ row: (Int, inout PostgresBuffer) -> Void
    ) throws(PostgresError) -> Int {
        try begin { PQsendQuery($0, sql) }
        try expect(PGRES_COPY_IN)
        var buffer = PostgresBuffer(capacity: 300_000)
        PostgresCopy.appendHeader(to: &buffer)
        for index in 0..<rows {
            buffer.append(columns)
            row(index, &buffer)
            if buffer.count >= 262_144 { try put(&buffer) }
        }
        buffer.append(Int16(-1))
        try put(&buffer)
        guard let handle else { throw lost("the connection is closed") }
        while true {
            switch PQputCopyEnd(handle, nil) {
            case 1:
                try flush()
                return try finish().affected
            case 0: try flush()
            default: throw lost("the connection was lost")
            }
        }
    }

    /// Reads `COPY … TO STDOUT (FORMAT binary)`. `row` gets the fields of one row in place.
    package func copyOut(
        _ sql: String, _ row: (borrowing PostgresCopy.Row) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        try begin { PQsendQuery($0, sql) }
        try expect(PGRES_COPY_OUT)
        var decoder = PostgresCopy.Decoder()
        while true {
            guard let handle else { throw lost("the connection is closed") }
            var chunk: UnsafeMutablePointer<CChar>?
            let count = PQgetCopyData(handle, &chunk, 1)
            switch count {
            case 0:
                try wait(for: Int16(POLLIN))
                guard PQconsumeInput(handle) == 1 else { throw lost("the connection was lost") }
            case -1:
                try finish()
                return
            case -2: throw lost("the connection was lost")
            default:
                defer { PQfreemem(chunk) }
                do {
                    let bytes = UnsafeRawBufferPointer(start: chunk, count: Int(count))
                    try decoder.decode(bytes, row)
                } catch {
                    // The rest of the rows would have to be read before the next statement.
                    close()
                    throw error
                }
            }
        }
    }

    private func expect(_ status: ExecStatusType) throws(PostgresError) {
        guard let result = try nextResult() else {
            throw PostgresError(.misuse, "the statement is empty")
        }
        defer { PQclear(result) }
        if PQresultStatus(result) == status { return }
        let error = failure(result)
        if error?.kind != .lost { try finish() }
        throw error ?? PostgresError(.misuse, "the statement is no COPY of that direction")
    }

    private func put(_ buffer: inout PostgresBuffer) throws(PostgresError) {
        guard let handle else { throw lost("the connection is closed") }
        let bytes = buffer.bytes
        while true {
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            switch PQputCopyData(handle, start, Int32(bytes.count)) {
            case 1:
                buffer.removeAll()
                try flush()
                return
            case 0: try flush()
            default: throw lost("the connection was lost")
            }
        }
    }
}
