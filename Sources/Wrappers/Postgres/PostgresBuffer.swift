import Glibc

/// A growing run of bytes in the order of the wire: big-endian, lengths before values.
package struct PostgresBuffer: ~Copyable {
    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    package private(set) var count = 0

    package init(capacity: Int = 4096) {
        self.capacity = max(capacity, 64)
        start = UnsafeMutableRawPointer.allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { start.deallocate() }

    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    package mutating func removeAll() { count = 0 }
    package mutating func truncate(to length: Int) { count = min(count, length) }

    /// Makes room for `more` bytes, counts them in, and gives where they begin.
    private mutating func extend(_ more: Int) -> UnsafeMutableRawPointer {
        if count + more > capacity {
            capacity = max(capacity * 2, count + more)
            let grown = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
            grown.copyMemory(from: start, byteCount: count)
            start.deallocate()
            start = grown
        }
        defer { count += more }
        return start + count
    }

    package mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        let size = MemoryLayout<Value>.size
        extend(size).storeBytes(of: value.bigEndian, as: Value.self)
    }

    /// As the generic one: across modules that is compiled for no type in particular.
    package mutating func append(_ value: Int64) {
        extend(8).storeBytes(of: value.bigEndian, as: Int64.self)
    }

    /// A version, 1, and the text.
    package mutating func append(jsonb text: UnsafeRawBufferPointer) {
        extend(1).storeBytes(of: 1, as: UInt8.self)
        append(text)
    }

    /// pgvector's `vector`: int16 dimension, int16 0, the entries.
    package mutating func append(vector: [Float]) {
        append(UInt16(truncatingIfNeeded: vector.count))
        append(Int16(0))
        append(floats: vector)
    }

    /// pgvector's `sparsevec`: int32 places, int32 entries, int32 0, the entries' places from 0 on,
    /// ascending, and their values, none of them 0.
    package mutating func append(indices: [UInt32], values: [Float], size: Int) {
        let entries = zip(indices, values).filter { $0.1 != 0 }
        append(Int32(clamping: size))
        append(Int32(entries.count))
        append(Int32(0))
        for (place, _) in entries { append(place) }
        append(floats: entries.map(\.1))
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        extend(bytes.count).copyMemory(from: base, byteCount: bytes.count)
    }

    package mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Overwrites a length written before its value was known.
    package mutating func patch(_ value: Int32, at offset: Int) {
        (start + offset).storeBytes(of: value.bigEndian, as: Int32.self)
    }

    /// Entries as IEEE 754 singles, big-endian. The loop over words is one the compiler vectorises.
    package mutating func append(floats: [Float]) {
        let target = extend(floats.count * 4)
        floats.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            PostgresBuffer.swapWords(from: base, to: target, count: floats.count)
        }
    }

    @inline(__always)
    static func swapWords(
        from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int
    ) {
        var place = 0
        while place + 8 <= count {
            let words = source.loadUnaligned(fromByteOffset: place * 4, as: SIMD8<UInt32>.self)
            target.storeBytes(of: swapped(words), toByteOffset: place * 4, as: SIMD8<UInt32>.self)
            place += 8
        }
        while place < count {
            let word = source.loadUnaligned(fromByteOffset: place * 4, as: UInt32.self)
            target.storeBytes(of: word.byteSwapped, toByteOffset: place * 4, as: UInt32.self)
            place += 1
        }
    }

    @inline(__always)
    private static func swapped(_ words: SIMD8<UInt32>) -> SIMD8<UInt32> {
        let outer = (words &>> 24) | (words &<< 24)
        let mask = SIMD8<UInt32>(repeating: 0xff00)
        return outer | ((words &>> 8) & mask) | ((words & mask) &<< 8)
    }
}

/// A run of bytes from the wire, read from its front.
package struct PostgresReader {
    private var rest: UnsafeRawBufferPointer
    package init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    package var count: Int { rest.count }

    /// nil where too few bytes are left.
    package mutating func take<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
        let size = MemoryLayout<Value>.size
        guard rest.count >= size else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(size)) }
        return Value(bigEndian: rest.loadUnaligned(as: Value.self))
    }

    package mutating func take(bytes count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count)) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
    }

    /// pgvector's `vector`: int16 dimension, int16 0, the entries.
    package mutating func takeVector() -> [Float]? {
        guard let count = take(UInt16.self), take(Int16.self) != nil else { return nil }
        return take(floats: Int(count))
    }

    /// As `append(indices:values:size:)` wrote it.
    package mutating func takeSparseVector() -> (indices: [UInt32], values: [Float])? {
        guard take(Int32.self) != nil, let count = take(Int32.self), count >= 0,
            take(Int32.self) != nil, self.count == Int(count) * 8
        else { return nil }
        let indices = (0..<count).compactMap { _ in take(UInt32.self) }
        return take(floats: Int(count)).map { (indices, $0) }
    }

    /// Big-endian singles.
    package mutating func take(floats count: Int) -> [Float]? {
        guard let bytes = take(bytes: count * 4) else { return nil }
        guard let base = bytes.baseAddress else { return [] }
        return [Float](unsafeUninitializedCapacity: count) { buffer, written in
            if let target = UnsafeMutableRawPointer(buffer.baseAddress) {
                PostgresBuffer.swapWords(from: base, to: target, count: count)
            }
            written = count
        }
    }
}
