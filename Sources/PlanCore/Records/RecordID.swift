/// The identity of a record, in the id space of the *source*, in one spelling.
///
/// `1`, `"1"` and a UUID are three different ids. Order: integers by value, then UUIDs, then
/// strings by their UTF-8 bytes (PostgreSQL's `COLLATE "C"`, SQLite's `BINARY`).
package enum RecordID: Hashable, Sendable {
    case int(Int64)
    /// An integer above `Int64.max` (Qdrant's ids are unsigned).
    case large(UInt64)
    /// Lowercase, hyphenated, 36 characters. Make it with `init(uuid:)`.
    case uuid(String)
    case string(String)

    /// The type-tagged spelling that the ledger keys by: `i:1`, `u:…`, `s:…`.
    package var canonical: String {
        switch self {
        case .int(let value): "i:\(value)"
        case .large(let value): "i:\(value)"
        case .uuid(let text): "u:\(text)"
        case .string(let text): "s:\(text)"
        }
    }

    package init?(canonical text: String) {
        let body = String(text.dropFirst(2))
        if text.hasPrefix("i:") {
            self.init(integer: body)
        } else if text.hasPrefix("u:") {
            self.init(uuid: body)
        } else if text.hasPrefix("s:") {
            self = .string(body)
        } else {
            return nil
        }
    }

    package init?(integer text: String) {
        if let value = Int64(text) {
            self = .int(value)
        } else if let value = UInt64(text) {
            self = .large(value)
        } else {
            return nil
        }
    }

    /// Accepts any case, with or without hyphens or braces; refuses all else.
    package init?(uuid text: String) {
        var hex: [UInt8] = []
        hex.reserveCapacity(36)
        for byte in text.utf8 where byte != UInt8(ascii: "-") {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "}"): continue
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                hex.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): hex.append(byte + 32)
            default: return nil
            }
        }
        guard hex.count == 32 else { return nil }
        for position in [8, 13, 18, 23] { hex.insert(UInt8(ascii: "-"), at: position) }
        self = .uuid(String(decoding: hex, as: UTF8.self))
    }

    /// As a person or a URL writes it, without the type tag.
    package var text: String {
        switch self {
        case .int(let value): String(value)
        case .large(let value): String(value)
        case .uuid(let text), .string(let text): text
        }
    }
}

extension RecordID {
    /// By bytes: `String`'s own equality takes é and e + ´ for one, and a store has two records.
    package static func == (left: RecordID, right: RecordID) -> Bool {
        switch (left, right) {
        case (.int(let a), .int(let b)): a == b
        case (.large(let a), .large(let b)): a == b
        case (.uuid(let a), .uuid(let b)), (.string(let a), .string(let b)):
            a.utf8.elementsEqual(b.utf8)
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(rank)
        switch self {
        case .int(let value): hasher.combine(value)
        case .large(let value): hasher.combine(value)
        case .uuid(var text), .string(var text):
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }
}

extension RecordID: Comparable {
    package static func < (left: RecordID, right: RecordID) -> Bool {
        switch (left, right) {
        case (.int(let a), .int(let b)): a < b
        case (.large(let a), .large(let b)): a < b
        case (.uuid(let a), .uuid(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        default: left.rank < right.rank
        }
    }

    private var rank: Int {
        switch self {
        case .int: 0
        case .large: 1
        case .uuid: 2
        case .string: 3
        }
    }
}

extension RecordID: CustomStringConvertible {
    package var description: String { canonical }
}
