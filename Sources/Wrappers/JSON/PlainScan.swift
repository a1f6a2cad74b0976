import CSimdjson
import PlanCore

/// Tells in one walk over the bytes whether a text is plain as `PayloadText` means it. What is no
/// JSON is not plain, nor is some that is: whoever is told no reads the text the long way.
package struct PlainScan {
    /// Of the fields of the objects that are open; kept between texts for its memory.
    private var names: [UInt64] = []
    private static let namesLimit = 128

    package init() {}

    package mutating func payload(_ bytes: UnsafeRawBufferPointer) -> PayloadText? {
        guard isPlain(bytes) else { return nil }
        return PayloadText(plain: [UInt8](bytes), PlainScan.read)
    }

    private static func read(_ bytes: [UInt8]) -> JSONObject {
        let value = bytes.withUnsafeBytes { try? JSON.parseExactly(bytes: $0) }
        guard case .object(let fields)? = value else {
            preconditionFailure("a text that was found plain is no JSON object")
        }
        return fields
    }

    private mutating func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return false }
        names.removeAll(keepingCapacity: true)
        var text = PlainCursor(start, start + bytes.count)
        text.skipSpace()
        guard text.take(UInt8(ascii: "{")), object(&text, depth: 1) else { return false }
        text.skipSpace()
        guard text.isAtEnd else { return false }
        return text.isASCII
            || cj_is_utf8(start.assumingMemoryBound(to: CChar.self), bytes.count) != 0
    }

    /// After the brace.
    private mutating func object(_ text: inout PlainCursor, depth: Int) -> Bool {
        guard depth <= PayloadText.depthLimit else { return false }
        text.skipSpace()
        if text.take(UInt8(ascii: "}")) { return true }
        let first = names.count
        repeat {
            text.skipSpace()
            guard let name = text.name(), isNew(name, since: first) else { return false }
            names.append(name)
            text.skipSpace()
            guard text.take(UInt8(ascii: ":")), value(&text, depth: depth) else { return false }
        } while text.take(UInt8(ascii: ","))
        names.removeLast(names.count - first)
        return text.take(UInt8(ascii: "}"))
    }

    private func isNew(_ name: UInt64, since first: Int) -> Bool {
        guard names.count - first < PlainScan.namesLimit else { return false }
        for place in first..<names.count where names[place] == name { return false }
        return true
    }

    /// After the bracket.
    private mutating func array(_ text: inout PlainCursor, depth: Int) -> Bool {
        guard depth <= PayloadText.depthLimit else { return false }
        text.skipSpace()
        if text.take(UInt8(ascii: "]")) { return true }
        repeat {
            guard value(&text, depth: depth) else { return false }
        } while text.take(UInt8(ascii: ","))
        return text.take(UInt8(ascii: "]"))
    }

    /// A value and the space around it.
    private mutating func value(_ text: inout PlainCursor, depth: Int) -> Bool {
        text.skipSpace()
        defer { text.skipSpace() }
        switch text.next {
        case UInt8(ascii: "\""): return text.string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return text.number()
        case UInt8(ascii: "t"): return text.word("true")
        case UInt8(ascii: "f"): return text.word("false")
        case UInt8(ascii: "n"): return text.word("null")
        case UInt8(ascii: "{"):
            text.advance()
            return object(&text, depth: depth + 1)
        case UInt8(ascii: "["):
            text.advance()
            return array(&text, depth: depth + 1)
        default: return false
        }
    }
}
