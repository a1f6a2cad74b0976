/// Writes a message in Protocol Buffers' wire format (protobuf.dev/programming-guides/encoding),
/// as much of it as requests to Milvus need.
///
/// Fields whose value is their type's zero need not be written; lists of numbers are packed.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ field: Int, _ value: Int64) {
        tag(field, 0)
        varint(UInt64(bitPattern: value))
    }

    mutating func write(_ field: Int, _ text: String) {
        var text = text
        text.withUTF8 { write(field, $0) }
    }

    mutating func write(_ field: Int, _ value: some Collection<UInt8>) {
        tag(field, 2)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func write(_ field: Int, _ body: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        body(&inner)
        write(field, inner.bytes)
    }

    /// int32, int64, bool and enumerations.
    mutating func write(_ field: Int, packed values: some Sequence<Int64>) {
        write(field) { inner in
            for value in values { inner.varint(UInt64(bitPattern: value)) }
        }
    }

    mutating func write(_ field: Int, packed values: some Sequence<Double>) {
        write(field) { inner in
            for value in values { inner.fixed(value.bitPattern.littleEndian) }
        }
    }

    /// float, of as many rows as there are.
    ///
    /// - Parameter count: of all entries in all rows.
    mutating func write(_ field: Int, packed rows: some Sequence<[Float]>, count: Int) {
        tag(field, 2)
        varint(UInt64(count * MemoryLayout<Float>.size))
        bytes.reserveCapacity(bytes.count + count * MemoryLayout<Float>.size)
        // This machine's order of bytes is the format's, on every platform that Swift 6 runs on.
        for row in rows { row.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    }

    private mutating func tag(_ field: Int, _ type: UInt64) { varint(UInt64(field) << 3 | type) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7f {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func fixed(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }
}
