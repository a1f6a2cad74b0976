import JSON
import PlanCore
import Testing

@Suite struct JSONTests {
    static let texts = [
        "null", "true", "-3", "0.1", "2.5e-07", "\"\"", "[]", "{}", "[1,[2,[3]]]",
        "\"a\\\"b\\\\c\\n\\u0001é😀\"", "{\"a\":{\"b\":[null,false]},\"z\":0}",
        "9223372036854775807", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "-9223372036854775809",
        "[123456789012345678901234567890,{\"x\":-1}]",
    ]

    @Test(arguments: texts)
    func `a value is written as it was read`(_ text: String) throws {
        #expect(JSON.text(try JSON.parse(text)) == text)
    }

    @Test func `keys are written in order`() throws {
        #expect(
            JSON.text(try JSON.parse("{\"b\":1,\"a\":2,\"B\":3}")) == "{\"B\":3,\"a\":2,\"b\":1}")
    }

    @Test func `integers stay integers and big ones keep their digits`() throws {
        #expect(try JSON.parse("1") == .int(1))
        #expect(try JSON.parse("1.0") == .double(1))
        #expect(try JSON.parse("18446744073709551615") == .number("18446744073709551615"))
        #expect(try JSON.parse("99999999999999999999") == .number("99999999999999999999"))
        #expect(try JSON.parse("1e400") == .number("1e400"))
    }

    static let broken: [(text: String, offset: Int)] = [
        ("", 0), ("[1,]", 3), ("{\"a\" 1}", 5), ("[01]", 2), ("\"\u{1}\"", 1), ("nul", 3),
        ("[1] 2", 4), ("\"\\ud800\"", 7), ("{\"a\":1,}", 7), ("[1", 2), ("\"abc", 4), ("+1", 0),
        ("1.", 2), ("[\"\\x\"]", 3), ("NaN", 0),
    ]

    @Test(arguments: broken)
    func `a broken text is refused where it breaks`(_ shape: (text: String, offset: Int)) {
        let error = #expect(throws: JSONError.self) { try JSON.parse(shape.text) }
        #expect(error?.offset == shape.offset)
    }

    @Test func `bytes that are no text are refused`() {
        let bytes: [UInt8] = [0x22, 0xff, 0xfe, 0x22]
        #expect(throws: JSONError.self) { try JSONDocument.parse(bytes) }
    }

    @Test func `nesting has its limit`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(try JSONDocument.parse(nested(64), depth: 64).root.kind == .array)
        #expect(throws: JSONError.self) { try JSONDocument.parse(nested(65), depth: 64) }
        #expect(throws: JSONError.self) { try JSON.parse(String(repeating: "[", count: 1_000_000)) }
    }

    @Test(arguments: ["", ",\"big\":123456789012345678901234567890"])
    func `numbers are decoded straight to floats`(_ more: String) throws {
        let text = "{\"v\":[1,-2.5,3e2,0.1],\"w\":[1,\"x\"],\"e\":[]\(more)}"
        let root = try JSONDocument.parse(Array(text.utf8)).root
        #expect(root["v"]?.floats == [1, -2.5, 300, 0.1])
        #expect(root["w"]?.floats == nil)
        #expect(root["e"]?.floats == [])
        #expect(root["none"]?.floats == nil)
        #expect(root.floats == nil)
    }

    @Test(arguments: ["", ",\"big\":123456789012345678901234567890"])
    func `parts of a document are read by kind`(_ more: String) throws {
        let text = "{\"s\":\"é\",\"b\":true,\"i\":-7,\"u\":18446744073709551615,\"d\":0.5\(more)}"
        let root = try JSONDocument.parse(Array(text.utf8)).root
        #expect(root["s"]?.string == "é")
        #expect(root["b"]?.bool == true)
        #expect(root["i"]?.int == -7)
        #expect(root["i"]?.unsigned == nil)
        #expect(root["u"]?.unsigned == .max)
        #expect(root["u"]?.int == nil)
        #expect(root["d"]?.double == 0.5)
        #expect(root["d"]?.int == nil)
        #expect(root.count == (more.isEmpty ? 5 : 6))
    }

    @Test func `floats are written as the shortest text that reads back the same`() throws {
        var writer = JSONWriter()
        let floats: [Float] = [
            0.1, 1, -0.0, 3.4028235e38, .leastNonzeroMagnitude, 16777216, 0.333333343,
        ]
        writer.write(floats)
        #expect(writer.text.hasPrefix("[0.1,1.0,-0.0,"))
        let back = try JSONDocument.parse(writer.bytes).root.floats
        #expect(back?.map(\.bitPattern) == floats.map(\.bitPattern))
    }
}
