import CXXHash

/// XXH3, for spread and comparison; no security rests on it.
package enum XXH3 {
    package static func hash64(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        XXH3_64bits_withSeed(bytes.baseAddress, bytes.count, seed)
    }

    package static func hash128(_ bytes: UnsafeRawBufferPointer) -> Hash128 {
        Hash128(XXH3_128bits(bytes.baseAddress, bytes.count))
    }

    /// The same as `hash128` of all that was added, in order.
    package final class Stream {
        private let state: OpaquePointer

        package init() {
            guard let state = XXH3_createState() else {
                preconditionFailure("no memory for a hash")
            }
            self.state = state
            XXH3_128bits_reset(state)
        }

        deinit { XXH3_freeState(state) }

        package func add(_ bytes: UnsafeRawBufferPointer) {
            XXH3_128bits_update(state, bytes.baseAddress, bytes.count)
        }

        package var hash: Hash128 { Hash128(XXH3_128bits_digest(state)) }
    }
}

/// 128 bits of a hash.
package struct Hash128: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(_ hash: XXH128_hash_t) { self.init(high: hash.high64, low: hash.low64) }
}
