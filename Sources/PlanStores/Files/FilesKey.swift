import PlanCore

/// An id as bytes whose order is `RecordID`'s own: a byte of rank, then an integer with the most
/// significant byte first, or a text's UTF-8.
enum FilesKey {
    static func bytes(_ id: RecordID) -> [UInt8] {
        switch id {
        case .int(let value): [0] + big(UInt64(bitPattern: value) ^ (1 << 63))
        case .large(let value): [1] + big(value)
        case .uuid(let text): [2] + text.utf8
        case .string(let text): [3] + text.utf8
        }
    }

    static func id(_ bytes: UnsafeRawBufferPointer) -> RecordID {
        guard let rank = bytes.first else { return .string("") }
        let rest = bytes.dropFirst()
        switch rank {
        case 0: return .int(Int64(bitPattern: number(rest) ^ (1 << 63)))
        case 1: return .large(number(rest))
        case 2: return .uuid(String(decoding: rest, as: UTF8.self))
        default: return .string(String(decoding: rest, as: UTF8.self))
        }
    }

    private static func big(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
