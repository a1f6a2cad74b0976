import CCrypto

/// SHA-2 and SHA-1 digests, by libcrypto.
package enum SHA {
    package static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        digest(Array(bytes), EVP_sha256(), 32)
    }

    /// For UUIDs of version 5 alone (RFC 9562); no security rests on it.
    package static func sha1(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        digest(Array(bytes), EVP_sha1(), 20)
    }

    private static func digest(_ bytes: [UInt8], _ kind: OpaquePointer?, _ size: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: size)
        var length: UInt32 = 0
        let code = EVP_Digest(bytes, bytes.count, &result, &length, kind, nil)
        precondition(code == 1 && Int(length) == size, "libcrypto lacks a digest")
        return result
    }

    /// Lowercase hexadecimal digits.
    package static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    /// Takes the same time wherever two digests differ.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
