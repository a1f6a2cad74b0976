import Testing
import YAML

@Suite struct YAMLTests {
    private func text(of node: YAMLNode?, in document: YAMLDocument) -> String? {
        node.map { document.source.text($0.span) }
    }

    @Test func `a tree keeps keys in the file's order`() {
        let document = YAMLDocument.parse("b: 1\na: [x, y]\nc: {d: e}\n")
        #expect(document.errors.isEmpty)
        #expect(document.root?.mapping?.map(\.key.scalar?.text) == ["b", "a", "c"])
        #expect(document.root?["a"]?.sequence?.map(\.scalar?.text) == ["x", "y"])
        #expect(document.root?["c"]?["d"]?.scalar?.text == "e")
        #expect(document.root?["a"]?["1"]?.scalar?.text == "y")
        #expect(document.root?["a"]?["2"] == nil)
    }

    @Test func `a scalar's span is what is written, quotes and all`() {
        let document = YAMLDocument.parse(
            "# é 日本\na: plain # comment\nb: 'sin''gle'\nc: \"dou\\nble\"\nd: \"日本\"  # é\ne:\nf: 7\n"
        )
        let root = document.root
        #expect(text(of: root?["a"], in: document) == "plain")
        #expect(text(of: root?["b"], in: document) == "'sin''gle'")
        #expect(root?["b"]?.scalar == YAMLScalar("sin'gle", style: .singleQuoted))
        #expect(text(of: root?["c"], in: document) == "\"dou\\nble\"")
        #expect(root?["c"]?.scalar?.text == "dou\nble")
        #expect(text(of: root?["d"], in: document) == "\"日本\"")
        #expect(text(of: root?["e"], in: document) == "")
        #expect(text(of: root?["f"], in: document) == "7")
    }

    @Test func `spans stay right behind a byte order mark and with CRLF`() {
        let document = YAMLDocument.parse(Array("\u{FEFF}a: 1\r\nb: {c: \"x\"}\r\n".utf8))
        #expect(document.errors.isEmpty)
        #expect(text(of: document.root?["a"], in: document) == "1")
        #expect(text(of: document.root?["b"]?["c"], in: document) == "\"x\"")
        let position = document.source.position(of: document.root?["b"]?.span.lowerBound ?? 0)
        #expect(position.line == 2)
        #expect(position.column == 4)
    }

    @Test func `a block collection ends with its last child`() {
        let document = YAMLDocument.parse("a:\n  - x\n  - y\n\n# comment\nb: 1\n")
        #expect(text(of: document.root?["a"], in: document) == "- x\n  - y")
    }

    @Test func `a flow collection ends at its bracket`() {
        let document = YAMLDocument.parse("a: [x, y]   # comment\n")
        #expect(text(of: document.root?["a"], in: document) == "[x, y]")
        #expect(document.root?["a"]?.isFlow == true)
    }

    @Test func `an exchanged span leaves everything else as it was`() {
        let before = "# keep\nhost: \"old\"   # and this\nport: 1\n"
        let document = YAMLDocument.parse(before, rules: .config)
        var bytes = document.source.bytes
        if let span = document.root?["host"]?.span { bytes.replaceSubrange(span, with: "new".utf8) }
        #expect(
            String(decoding: bytes, as: UTF8.self) == "# keep\nhost: new   # and this\nport: 1\n")
    }

    @Test func `configuration may use anchors, aliases and tags`() {
        let document = YAMLDocument.parse(
            "base: &base {host: a}\nuse: *base\nn: !!str 5\nm: &x !t v\n", rules: .config)
        #expect(document.errors.isEmpty)
        #expect(document.root?["base"]?.anchor == "base")
        #expect(document.root?["use"]?.content == .alias("base"))
        #expect(document.root?["n"]?.tag == "tag:yaml.org,2002:str")
        #expect(text(of: document.root?["n"], in: document) == "5")
        #expect(text(of: document.root?["m"], in: document) == "v")
    }

    @Test(arguments: [
        ("a: &x 1", "the anchor '&x' is not allowed", "&x 1"),
        ("a: *x", "the alias '*x' is not allowed", "*x"),
        ("a: !!int 1", "the tag '!!int' is not allowed", "!!int 1"),
        ("a: 1\na: 2", "the key 'a' is given twice", "a"),
        ("a: 1\n---\nb: 2", "a second document begins here", "---"),
        ("? [a]\n: b", "a key must be a word", "[a]"),
        ("a: > 5", "an unquoted '>' or '|' opens a block of text", ">"),
    ])
    func `what a plan may not use is refused where it stands`(
        text: String, message: String, place: String
    ) {
        let document = YAMLDocument.parse(text)
        #expect(document.errors.map(\.message) == [message])
        #expect(document.errors.map { document.source.text($0.span) } == [place])
    }

    @Test func `several problems come together, in the file's order`() {
        let document = YAMLDocument.parse("a: &x 1\nb: > 2\nc: *x\nb: 3\nd: >= 4\n")
        let lines = document.errors.map { document.source.position(of: $0.span.lowerBound).line }
        #expect(lines == [1, 2, 3, 4, 5])
    }

    @Test func `sixty-four levels are read, one more is refused`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(YAMLDocument.parse(nested(64)).errors.isEmpty)
        #expect(
            YAMLDocument.parse(nested(65)).errors.map(\.message) == ["nested deeper than 64 levels"]
        )
    }

    @Test(arguments: ["\u{0}", "a: \u{7}", "a: \u{1B}[31m"])
    func `control characters are refused`(text: String) {
        #expect(
            YAMLDocument.parse(text).errors.map(\.message) == ["control characters are not allowed"]
        )
    }

    @Test func `text that is not UTF-8 is refused at its first wrong byte`() {
        let document = YAMLDocument.parse(Array("a: 1\nb: ".utf8) + [0xC3, 0x28])
        #expect(document.errors.map(\.span.lowerBound) == [8])
        #expect(YAMLDocument.parse([0xFF, 0xFE, 0x61, 0x00]).errors.map(\.span.lowerBound) == [0])
    }

    @Test func `only what is written plainly can be null`() {
        let document = YAMLDocument.parse("a:\nb: ~\nc: null\nd: \"\"\ne: 'null'\n")
        let nulls = document.root?.mapping?.map { $0.value.scalar?.isNull }
        #expect(nulls == [true, true, true, false, false])
    }

    @Test func `an empty file has no root and no error`() {
        for text in ["", "# only a comment\n", "\n\n"] {
            let document = YAMLDocument.parse(text)
            #expect(document.root == nil)
            #expect(document.errors.isEmpty)
        }
    }
}
