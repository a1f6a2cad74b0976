/// The binary format of COPY: a header, rows of counted fields, -1.
package enum PostgresCopy {
    /// `PGCOPY\n\377\r\n\0`, no flags, no extension.
    private static let header: [UInt8] =
        Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00] + [0, 0, 0, 0, 0, 0, 0, 0]

    static func appendHeader(to buffer: inout PostgresBuffer) {
        header.withUnsafeBytes { buffer.append($0) }
    }

    /// The fields of one row, in place: valid inside the call that brought them.
    package struct Row: ~Copyable {
        fileprivate var fields: [UnsafeRawBufferPointer?] = []

        package var count: Int { fields.count }
        /// nil for NULL.
        package subscript(_ column: Int) -> UnsafeRawBufferPointer? { fields[column] }
    }

    /// libpq gives whole rows, the header before the first of them.
    struct Decoder {
        private var isStarted = false

        mutating func decode(
            _ bytes: UnsafeRawBufferPointer,
            _ body: (borrowing Row) throws(PostgresError) -> Void
        ) throws(PostgresError) {
            var reader = PostgresReader(bytes)
            if !isStarted {
                guard let start = reader.take(bytes: 11), start.elementsEqual(header.prefix(11)),
                    reader.take(Int32.self) != nil, let extra = reader.take(Int32.self),
                    reader.take(bytes: Int(extra)) != nil
                else { throw PostgresError(.misuse, "the server's COPY is in no binary format") }
                isStarted = true
            }
            var row = Row()
            while let count = reader.take(Int16.self), count >= 0 {
                row.fields.removeAll(keepingCapacity: true)
                for _ in 0..<count {
                    guard let length = reader.take(Int32.self) else { throw torn }
                    if length < 0 {
                        row.fields.append(nil)
                    } else if let field = reader.take(bytes: Int(length)) {
                        row.fields.append(field)
                    } else {
                        throw torn
                    }
                }
                try body(row)
            }
        }

        private var torn: PostgresError { PostgresError(.misuse, "the server's COPY breaks off") }
    }
}
