/// UUIDs of version 5: the same name in the same namespace always gives the same UUID (RFC 9562).
package enum UUID5 {
    /// 16 bytes of namespace. Returns 36 lowercase characters.
    package static func make(namespace: [UInt8], name: String) -> String {
        var bytes = Array(SHA.sha1(namespace + Array(name.utf8))[..<16])
        bytes[6] = (bytes[6] & 0x0f) | 0x50
        bytes[8] = (bytes[8] & 0x3f) | 0x80
        var text = SHA.hex(bytes)
        for offset in [20, 16, 12, 8] {
            text.insert("-", at: text.index(text.startIndex, offsetBy: offset))
        }
        return text
    }
}
