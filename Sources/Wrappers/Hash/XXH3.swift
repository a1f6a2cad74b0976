import CXXHash

/// XXH3-64, for spread and comparison; no security rests on it.
package enum XXH3 {
    package static func hash64(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
        XXH3_64bits_withSeed(bytes.baseAddress, bytes.count, seed)
    }
}
