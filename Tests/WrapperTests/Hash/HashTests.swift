import Hash
import Testing

@Suite struct HashTests {
    /// From FIPS 180-2, appendix B.
    @Test func `digests are those of the standard`() {
        #expect(
            SHA.hex(SHA.sha256("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA.hex(SHA.sha1("abc".utf8)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test func `equal digests are equal and others are not`() {
        #expect(SHA.areEqual([1, 2, 3], [1, 2, 3]))
        #expect(!SHA.areEqual([1, 2, 3], [1, 2, 4]))
        #expect(!SHA.areEqual([1, 2, 3], [1, 2]))
        #expect(SHA.areEqual([], []))
    }

    /// RFC 9562, appendix A.4: www.example.com in the namespace of names.
    @Test func `a UUID of version 5 is that of the standard`() {
        let dns: [UInt8] = [
            0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4, 0x30,
            0xc8,
        ]
        #expect(
            UUID5.make(namespace: dns, name: "www.example.com")
                == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }

    @Test func `a hash of pieces is the hash of the whole`() {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = bytes.withUnsafeBytes { XXH3.hash128($0) }
        let stream = XXH3.Stream()
        bytes.withUnsafeBytes { buffer in
            stream.add(UnsafeRawBufferPointer(rebasing: buffer[..<777]))
            stream.add(UnsafeRawBufferPointer(rebasing: buffer[777...]))
        }
        #expect(stream.hash == whole)
        // xxhsum -H2 of nothing.
        let empty = XXH3.hash128(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(empty == Hash128(high: 0x99aa_06d3_0147_98d8, low: 0x6001_c324_468d_497f))
    }
}
