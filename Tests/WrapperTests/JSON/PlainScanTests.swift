import JSON
import PlanCore
import Testing

@Suite struct PlainScanTests {
    static func kept(_ bytes: [UInt8]) -> PayloadText? {
        var scan = PlainScan()
        return bytes.withUnsafeBytes { scan.payload($0) }
    }

    static func holdsNUL(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.utf8.contains(0)
        case .array(let items): items.contains(where: holdsNUL)
        case .object(let fields): fields.contains { $0.utf8.contains(0) || holdsNUL($1) }
        default: false
        }
    }

    static func nested(_ depth: Int) -> String {
        String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    }

    static let plain = [
        "{}", " {\n} ", "{\"a\":1}", "{\"b\": \"x\", \"a\": [1, -2.50, true, false, null, {}]}",
        "{\"a\":{\"a\":{\"a\":[]}},\"b\":{\"a\":0}}",
        "{\"\":\"\",\" \":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
        "{\"text\":\"naïve 日本語 😀, and some more ASCII after it\"}",
        "{\"i\":123456789012345678,\"f\":1234567890.12345,\"z\":-0,\"n\":-0.0}", nested(64),
        "{\"a\":[[],[[]],\"]\",\"}\"]}", "{\"twelve bytes\":\"exactly eight and then some\"}",
    ]

    @Test(arguments: plain)
    func `a plain payload keeps its text and says what the text says`(_ text: String) throws {
        let kept = try #require(PlainScanTests.kept(Array(text.utf8)))
        #expect(kept.bytes == Array(text.utf8))
        let value = try Array(text.utf8).withUnsafeBytes { try JSON.parseExactly(bytes: $0) }
        #expect(JSONValue.object(kept.fields).isJSONEqual(to: value))
    }

    static let other = [
        "", " ", "1", "[]", "\"a\"", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}",
        "{\"a\":1} 2",
        "{\"a\":1}}", "{\"a\":1,\"a\":2}", "{\"b\":{\"a\":1,\"c\":2,\"a\":3}}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\u00e9\"}", "{\"\\u0061\":1}", "{\"\\n\":1}", "{\"é\":1}", "{\"a\":1e5}",
        "{\"a\":1E5}", "{\"a\":1.5e5}", "{\"a\":1234567890123456789}", "{\"a\":0.1234567890123456}",
        "{\"a\":12345678.12345678}", "{\"a\":01}", "{\"a\":-}", "{\"a\":1.}", "{\"a\":.5}",
        "{\"a\":+1}", "{\"a\":NaN}", "{\"a\":nul}", "{\"a\":truee}", "{\"a\":[1,]}", "{\"a\":[1}",
        "{\"a\":[,1]}", "{\"a\":\"\u{1}\"}", "{\"a\":\"tab\tinside a text\"}", "{\"a\":\"x", "{\"a",
        "{\"a\":\"\\x\"}", "{\"a\":\"\\", "{\"a\":1 2}", nested(65), "{\"a\":1}\u{0}",
        "{\"a\":\"\u{0}\"}", "\u{feff}{}",
    ]

    @Test(arguments: other)
    func `a payload that readers may differ over is not kept as text`(_ text: String) {
        #expect(PlainScanTests.kept(Array(text.utf8)) == nil)
    }

    @Test func `bytes that are no text are not kept`() {
        #expect(PlainScanTests.kept(Array("{\"a\":\"".utf8) + [0xff] + Array("\"}".utf8)) == nil)
        #expect(PlainScanTests.kept(Array("{\"a\":\"".utf8) + [0xc3] + Array("\"}".utf8)) == nil)
    }

    @Test func `an object of more fields than are compared is not kept`() {
        let fields = (0..<200).map { "\"f\($0)\":\($0)" }.joined(separator: ",")
        #expect(PlainScanTests.kept(Array("{\(fields)}".utf8)) == nil)
    }

    /// Every plain text that damage leaves is one that the reader takes, with nothing in it that a
    /// store would refuse, and that is written anew with the same value.
    @Test func `what is found plain among damaged texts is what the reader reads`() throws {
        var seed: UInt64 = 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return Int(seed % UInt64(bound))
        }
        let samples = (PlainScanTests.plain + PlainScanTests.other).map { Array($0.utf8) }
        let bytes = Array("{}[]\",:\\ u0019.eE-+tfn\n".utf8) + [0, 0x1f, 0x80, 0xc3, 0xa9, 0xff]
        var found = 0
        for _ in 0..<40_000 {
            var text = samples[random(samples.count)]
            for _ in 0...random(3) where !text.isEmpty {
                let place = random(text.count)
                switch random(3) {
                case 0: text[place] = bytes[random(bytes.count)]
                case 1: text.remove(at: place)
                default: text.insert(bytes[random(bytes.count)], at: place)
                }
            }
            guard let kept = PlainScanTests.kept(text) else { continue }
            found += 1
            let value = try text.withUnsafeBytes { try JSON.parseExactly(bytes: $0) }
            try #require(value.isJSONEqual(to: .object(kept.fields)))
            try #require(value.unboundedNumber == nil && value.depth <= 64)
            try #require(!PlainScanTests.holdsNUL(value))
            try #require(try JSON.parse(JSON.text(value)).isJSONEqual(to: value))
        }
        #expect(found > 2_000)
    }
}
