import PlanCore

/// A read's own place in 0..<100, the same each time it is asked, so that a repeated query stays
/// on one side.
package enum ReadShare {
    package static func of(_ key: RecordID) -> Int {
        var hash = FNV()
        hash.add(key.canonical.utf8)
        return hash.percent
    }

    package static func of(_ query: Query) -> Int {
        var hash = FNV()
        hash.add(query.using.utf8)
        let (indices, values): ([UInt32], [Float]) =
            switch query.vector {
            case .dense(let values): ([], values)
            case .sparse(let indices, let values): (indices, values)
            }
        for index in indices { hash.add(index) }
        for value in values { hash.add(value.bitPattern) }
        return hash.percent
    }
}

/// FNV-1a, 64 bits, by 32-bit words where the input has them (Fowler, Noll, Vo, 1991). Only spread
/// matters here; it must not change between processes, as Swift's own hashing does.
private struct FNV {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { mix(UInt64(byte)) }
    }

    mutating func add(_ word: UInt32) { mix(UInt64(word)) }

    private mutating func mix(_ value: UInt64) {
        state = (state ^ value) &* 0x0000_0100_0000_01b3
    }

    var percent: Int {
        var mixed = state
        mixed ^= mixed >> 33
        mixed = mixed &* 0xff51_afd7_ed55_8ccd
        mixed ^= mixed >> 33
        return Int(mixed % 100)
    }
}
