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

    /// Short texts are read by a parser that the thread keeps, others by one of their own.
    @Test func `texts of any length are read alike, one after another and beside each other`()
        async throws
    {
        let lengths = [16_384, 2, 9, 16_385, 40_000, 100, 16_383, 33]
        func read(_ length: Int) throws -> Bool {
            let word = String(repeating: "é", count: max(0, length - 8) / 2)
            let text = "{\"a\":\"\(word)\"}"
            let bytes = Array(text.utf8) + [UInt8](repeating: 0x20, count: length % 2)
            let value = try bytes.withUnsafeBytes { try JSON.parse(bytes: $0) }
            return try value == .object(["a": .string(word)])
                && JSONDocument.parse(bytes).root.value == value
        }
        for length in lengths { #expect(try read(length), "\(length)") }
        let right = try await withThrowingTaskGroup(of: Bool.self) { group in
            for turn in 0..<64 {
                group.addTask { try read(lengths[turn % lengths.count] + turn) }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 64)
    }

    @Test func `of a name that comes twice the last counts, however a text is read`() throws {
        let text = "{\"a\":1,\"b\":2,\"a\":[3]}"
        let wanted = JSONValue.object(["a": .array([.int(3)]), "b": .int(2)])
        #expect(try JSON.parse(text) == wanted)
        #expect(try JSON.parse(text + String(repeating: " ", count: 20_000)) == wanted)
    }

    @Test(arguments: ["1", "123456789012345678901234567890"])
    func `the texts of an array leave out what is none`(number: String) throws {
        let text = "[\"a\",\(number),\"\",null,[\"c\"],\"ü\\u0000\"]"
        let root = try JSONDocument.parse(Array(text.utf8)).root
        #expect(root.strings == ["a", "", "ü\u{0}"])
        #expect(root.items.count == 6 && root.items[0].strings.isEmpty)
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
