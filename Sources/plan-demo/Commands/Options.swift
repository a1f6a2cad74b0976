/// `--name value` and `--name=value`, nothing else.
struct Options: Sendable {
    private var values: [String: String] = [:]

    init(_ words: [String]) throws {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else { throw DemoError("what is '\(word)'?") }
            let body = word.dropFirst(2)
            if let equals = body.firstIndex(of: "=") {
                values[String(body[..<equals])] = String(body[body.index(after: equals)...])
            } else if let value = rest.popFirst() {
                values[String(body)] = value
            } else {
                throw DemoError("'\(word)' needs a value")
            }
        }
    }

    subscript(name: String) -> String? { values[name] }

    func required(_ name: String) throws -> String {
        guard let value = values[name] else { throw DemoError("'--\(name)' is needed") }
        return value
    }
}
