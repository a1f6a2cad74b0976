import PlanCore
import PlanRun
import Testing

@Suite struct ConfigEditTests {
    private func edit(_ text: String, _ path: [String], _ value: String, file: String) throws
        -> String
    {
        let setting = ConfigChange.Setting(path: path, value: value, isPlain: true)
        let bytes = try ConfigEdit.apply([setting], to: Array(text.utf8), file: file)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `YAML keeps its comments and everything else`() throws {
        let text = "# top\ndb:\n  host: old  # the host\n  port: 6333\nother: [1, 2]\n"
        let result = try edit(text, ["db", "host"], "127.0.0.1", file: "a.yaml")
        #expect(
            result == "# top\ndb:\n  host: 127.0.0.1  # the host\n  port: 6333\nother: [1, 2]\n")
    }

    @Test func `JSON keeps its shape`() throws {
        let text = "{\n  \"db\": {\"port\": 1, \"host\": \"old\"}\n}\n"
        let result = try edit(text, ["db", "port"], "7333", file: "a.json")
        #expect(result == "{\n  \"db\": {\"port\": 7333, \"host\": \"old\"}\n}\n")
    }

    @Test func `a word in JSON is a string, and a string stays one`() throws {
        let text = #"{"host": null, "port": "1", "pool": 4}"#
        #expect(
            try edit(text, ["host"], "127.0.0.1", file: "a.json")
                == #"{"host": "127.0.0.1", "port": "1", "pool": 4}"#)
        #expect(
            try edit(text, ["port"], "7333", file: "a.json")
                == #"{"host": null, "port": "7333", "pool": 4}"#)
    }

    @Test func `YAML keeps quotes, and asks for them where a comma would end the value`() throws {
        #expect(try edit("a: 'old'  # c\n", ["a"], "it's", file: "a.yaml") == "a: 'it''s'  # c\n")
        #expect(
            try edit("l: {a: old}\n", ["l", "a"], "b,c", file: "a.yaml") == "l: {a: \"b,c\"}\n")
        #expect(try edit("a: old\n", ["a"], "-5", file: "a.yaml") == "a: -5\n")
    }

    @Test func `KEY=value files keep quotes and order`() throws {
        let text = "# env\nexport DB_URL=\"old\"\nX=1\n"
        let result = try edit(text, ["DB_URL"], "http://new", file: "shop.env")
        #expect(result == "# env\nexport DB_URL=\"http://new\"\nX=1\n")
    }

    @Test func `what is not there is not added`() {
        #expect(throws: Diagnostic.self) {
            _ = try edit("a: 1\n", ["b"], "2", file: "a.yaml")
        }
    }
}
