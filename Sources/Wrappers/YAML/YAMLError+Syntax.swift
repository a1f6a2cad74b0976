extension YAMLError {
    /// libyaml's own words, and what to do about the frequent ones.
    ///
    /// - Parameters:
    ///   - contextLine: nil where it is the line of the problem.
    ///   - byte: the byte at the place of the problem.
    init(
        syntax problem: String, context: String?, contextOffset: Int, contextLine: Int?,
        at offset: Int, before byte: UInt8?
    ) {
        let isBlock = context == "while scanning a block scalar"
        if isBlock, problem == "did not find expected comment or line break" {
            self.init(
                "an unquoted '>' or '|' opens a block of text",
                hint: "quote it, as in \"> 0.1%\"", span: contextOffset..<contextOffset + 1)
            return
        }
        self.init(
            [problem, context, contextLine.map { "that begins on line \($0)" }]
                .compactMap(\.self).joined(separator: " "),
            hint: Self.hint(problem, byte: byte), span: offset..<offset + 1)
    }

    private static func hint(_ problem: String, byte: UInt8?) -> String? {
        switch problem {
        case "found character that cannot start any token":
            byte == UInt8(ascii: "\t") ? "indent with spaces, not tabs" : "quote the value"
        case "mapping values are not allowed in this context":
            "quote a value that contains ': ', and indent keys of one mapping alike"
        case "did not find expected key", "did not find expected '-' indicator",
            "could not find expected ':'":
            "indent the entries of one list or mapping alike"
        case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
            "close the bracket, and separate with commas"
        case "found unexpected end of stream":
            "close the quote"
        case "found a tab character that violates indentation",
            "found a tab character where an indentation space is expected":
            "indent with spaces, not tabs"
        default: nil
        }
    }

    /// True for `> 0.1%`, which can be read on as if it were quoted.
    var isUnquotedComparison: Bool { message == "an unquoted '>' or '|' opens a block of text" }
}
