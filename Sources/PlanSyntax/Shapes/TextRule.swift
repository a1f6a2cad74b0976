/// What a text may look like: the same thing for the reader, the schema and people.
struct TextRule: Sendable {
    /// ECMA-262, anchored; for the schema.
    var pattern: String
    /// `"a-z, 0-9 and '-', at most 63"`; completes "'x' is not …".
    var meaning: String
    var accepts: @Sendable (String) -> Bool

    /// The text with its blanks and capitals made to fit; nil where that does not help.
    func mended(_ text: String) -> String? {
        let simple = text.lowercased()
        let candidates = ["-", "_"].map { dash in
            simple.map { $0 == " " || $0 == "_" || $0 == "." ? dash : String($0) }.joined()
        }
        return ([simple] + candidates).first { $0 != text && accepts($0) }
    }

    static let any = TextRule(pattern: "\\S", meaning: "a text") { text in
        text.contains { !$0.isWhitespace }
    }

    static let vectorName = TextRule(
        pattern: "^$|\\S", meaning: "a vector's name, or \"\" where it has none"
    ) { $0.isEmpty || any.accepts($0) }

    static let planName = TextRule(
        pattern: "^[a-z0-9-]{1,63}$", meaning: "a name: a-z, 0-9 and '-', at most 63 of them"
    ) { text in
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == 45 }
    }

    static let stepName = TextRule(
        pattern: "^[a-z0-9_-]{1,63}$",
        meaning: "a name: a-z, 0-9, '_' and '-', at most 63 of them"
    ) { text in
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == 45 || $0 == 95 }
    }

    /// PostgreSQL cuts longer names off in silence.
    static let sqlName = TextRule(
        pattern: "^[^\\u0000]{1,63}$", meaning: "a name of 1 to 63 bytes"
    ) { text in
        (1...63).contains(text.utf8.count) && !text.utf8.contains(0)
    }

    static let address = TextRule(
        pattern: "^(\\[[0-9A-Fa-f:.]+\\]|[^:/\\s]+):[0-9]{1,5}$",
        meaning: "an address: HOST:PORT, as in 127.0.0.1:6333"
    ) { HostPortText.accepts($0) }

    static let signal = TextRule(
        pattern: "^(HUP|INT|TERM|USR1|USR2|QUIT|WINCH)$",
        meaning: "a signal: one of HUP, INT, TERM, USR1, USR2, QUIT, WINCH"
    ) { ["HUP", "INT", "TERM", "USR1", "USR2", "QUIT", "WINCH"].contains($0) }

    static let call = TextRule(
        pattern: "^(((GET|POST|PUT|DELETE|HEAD) )?https?://\\S+"
            + "|((GET|POST|PUT|DELETE|HEAD) )?(env|file):\\S+)$",
        meaning: "a call: [METHOD] http://…, or env:NAME"
    ) { HTTPCallText.parse($0, method: "POST") != nil }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte)
    }
}
