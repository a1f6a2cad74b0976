import PlanCore

/// Reads what simdjson does not: numbers beyond 64 bits, kept as their text. Also finds where a
/// text is broken. RFC 8259, strict.
struct JSONReader {
    private let bytes: UnsafeRawBufferPointer
    private let depthLimit: Int
    /// Whether a fraction that no double is stays its text.
    private let keepsDecimals: Bool
    private var at = 0

    init(_ bytes: UnsafeRawBufferPointer, depth: Int, keepsDecimals: Bool = false) {
        self.bytes = bytes
        depthLimit = depth
        self.keepsDecimals = keepsDecimals
    }

    mutating func document() throws(JSONError) -> JSONValue {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw broken("more text follows the value") }
        return value
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func broken(_ message: String) -> JSONError { JSONError(message, offset: at) }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            at += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            return try number()
        case .none: throw broken("the text ends where a value belongs")
        default: throw broken("no value begins here")
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in text.utf8 where !take(byte) { throw broken("no value begins here") }
        return value
    }

    private func check(_ depth: Int) throws(JSONError) {
        if depth > depthLimit { throw broken("nested deeper than \(depthLimit)") }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        try check(depth)
        at += 1
        var items: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(items) }
        while true {
            skipSpace()
            items.append(try value(depth: depth))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(items) }
            guard take(UInt8(ascii: ",")) else { throw broken("a comma or ']' belongs here") }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        try check(depth)
        at += 1
        var fields: JSONObject = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(fields) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw broken("a field's name belongs here") }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw broken("a colon belongs here") }
            skipSpace()
            fields[name] = try value(depth: depth)
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(fields) }
            guard take(UInt8(ascii: ",")) else { throw broken("a comma or '}' belongs here") }
        }
    }

    private mutating func digits() throws(JSONError) {
        let start = at
        while let byte = next, (48...57).contains(byte) { at += 1 }
        if at == start { throw broken("a digit belongs here") }
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = at
        var isInteger = true
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isInteger { return Int64(text).map(JSONValue.int) ?? .number(text) }
        guard let value = Double(text), value.isFinite else { return .number(text) }
        if keepsDecimals, DecimalText(text) != DecimalText(value.description) {
            return .number(text)
        }
        return .double(value)
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw broken("the string before here is no UTF-8")
                }
                at += 1
                return string
            case UInt8(ascii: "\\"):
                at += 1
                try escape(into: &text)
            case 0..<0x20: throw broken("a string holds a control character")
            default:
                text.append(byte)
                at += 1
            }
        }
        throw broken("the text ends within a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw broken("the text ends within a string") }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            at += 1
            let scalar = try scalar()
            text.append(contentsOf: String(Character(scalar)).utf8)
            return
        default: throw broken("no such escape")
        }
        at += 1
    }

    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let first = try unit()
        var code = UInt32(first)
        if (0xd800..<0xdc00).contains(code), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let second = UInt32(try unit())
            guard (0xdc00..<0xe000).contains(second) else { throw broken("half a surrogate pair") }
            code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw broken("half a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue,
                byte < 0x80
            else { throw broken("four hexadecimal digits belong here") }
            value = value << 4 | UInt16(digit)
            at += 1
        }
        return value
    }
}
