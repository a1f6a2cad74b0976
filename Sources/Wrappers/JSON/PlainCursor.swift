/// A place in a text, and the tokens of JSON that are plain as `PayloadText` means it.
struct PlainCursor {
    private var at: UnsafeRawPointer
    private let end: UnsafeRawPointer
    private(set) var isASCII = true

    init(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) {
        at = start
        self.end = end
    }

    var isAtEnd: Bool { at == end }
    /// 0 at the end: no token begins with it.
    var next: UInt8 { at < end ? at.load(as: UInt8.self) : 0 }

    mutating func advance() { at += 1 }

    mutating func take(_ byte: UInt8) -> Bool {
        guard at < end, at.load(as: UInt8.self) == byte else { return false }
        at += 1
        return true
    }

    mutating func skipSpace() {
        while at < end {
            switch at.load(as: UInt8.self) {
            case 0x20, 0x0a, 0x0d, 0x09: at += 1
            default: return
            }
        }
    }

    mutating func word(_ word: StaticString) -> Bool {
        guard end - at >= word.utf8CodeUnitCount else { return false }
        for place in 0..<word.utf8CodeUnitCount
        where at.load(fromByteOffset: place, as: UInt8.self) != word.utf8Start[place] {
            return false
        }
        at += word.utf8CodeUnitCount
        return true
    }

    /// A field's name by its hash (FNV-1a): two that are alike may be the same. ASCII without
    /// escapes alone, since `String` takes several spellings of other texts for one.
    mutating func name() -> UInt64? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        while at < end {
            let byte = at.load(as: UInt8.self)
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return hash
            case 0..<0x20, UInt8(ascii: "\\"), 0x80...: return nil
            default: hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        return nil
    }

    /// No escape by number: NUL and half a pair are written so, and a server whose own encoding is
    /// none of Unicode's takes no other.
    mutating func string() -> Bool {
        at += 1
        while at < end {
            skipOrdinary()
            guard at < end else { return false }
            let byte = at.load(as: UInt8.self)
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case 0..<0x20: return false
            case UInt8(ascii: "\\"):
                switch next {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"),
                    UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
                    UInt8(ascii: "r"), UInt8(ascii: "t"):
                    at += 1
                default: return false
                }
            case 0x80...: isASCII = false
            default: break
            }
        }
        return false
    }

    /// Eight bytes at a time, up to the first that is no ordinary ASCII inside a string.
    private mutating func skipOrdinary() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        while end - at >= 8 {
            let word = UInt64(littleEndian: at.loadUnaligned(as: UInt64.self))
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5c)
            // The lowest mark is exact; a borrow can only mark bytes above one that is marked.
            let marks =
                (((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
                    | ((word &- ones &* 0x20) & ~word) | word) & tops
            guard marks == 0 else {
                at += marks.trailingZeroBitCount >> 3
                return
            }
            at += 8
        }
    }

    /// Up to 18 digits of an integer, or 15 of a fraction: those 64 bits and a double hold. None
    /// with an exponent.
    mutating func number() -> Bool {
        _ = take(UInt8(ascii: "-"))
        let isZero = next == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, !isZero || whole == 1 else { return false }
        var limit = 18
        var count = whole
        if take(UInt8(ascii: ".")) {
            let fraction = digits()
            guard fraction > 0 else { return false }
            count += fraction
            limit = 15
        }
        return count <= limit && next | 0x20 != UInt8(ascii: "e")
    }

    private mutating func digits() -> Int {
        let start = at
        while at < end, (0x30...0x39).contains(at.load(as: UInt8.self)) { at += 1 }
        return at - start
    }
}
