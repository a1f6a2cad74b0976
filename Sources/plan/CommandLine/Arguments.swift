import PlanCore

/// A command line, read against its spec: `--key=value`, `--key value`, `--switch`, operands.
struct Arguments: Sendable {
    private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]

    /// A usage mistake: exit 2.
    struct Misuse: Error {
        var message: String
        var hint: String?
    }

    init(_ words: [String], _ spec: CommandSpec) throws(Misuse) {
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--"), word.count > 2 else {
                operands.append(word)
                continue
            }
            let body = word.dropFirst(2)
            let name = String(body.prefix { $0 != "=" })
            guard let option = spec.options.first(where: { $0.name == name }) else {
                throw Misuse(
                    message: "unknown option '--\(name)' for 'plan \(spec.name)'",
                    hint: Suggestion.nearest(to: name, among: spec.options.map(\.name)).map {
                        "did you mean '--\($0)'?"
                    } ?? "see 'plan \(spec.name) --help'")
            }
            if option.value == nil {
                guard !body.contains("=") else {
                    throw Misuse(message: "'--\(name)' takes no value", hint: nil)
                }
                values[name] = [""]
            } else if let equals = body.firstIndex(of: "=") {
                values[name, default: []].append(String(body[body.index(after: equals)...]))
            } else if let next = rest.popFirst() {
                values[name, default: []].append(next)
            } else {
                throw Misuse(
                    message: "'--\(name)' needs a value",
                    hint: "--\(name)=\(option.value ?? "")")
            }
            if !option.repeats, values[name, default: []].count > 1 {
                throw Misuse(message: "'--\(name)' is given twice", hint: nil)
            }
        }
        guard spec.operandCount.contains(operands.count) else {
            throw Misuse(
                message: operands.count < spec.operandCount.lowerBound
                    ? "'plan \(spec.name)' needs \(spec.operands)"
                    : "'plan \(spec.name)' takes no '\(operands.last ?? "")'",
                hint: "usage: plan \(spec.name) \(spec.operands)")
        }
    }

    func has(_ name: String) -> Bool { values[name] != nil }
    func value(_ name: String) -> String? { values[name]?.last }
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// One of the words that the option takes.
    func choice(_ name: String, of words: [String]) throws(Misuse) -> String? {
        guard let value = value(name) else { return nil }
        guard words.contains(value) else {
            throw Misuse(
                message: "'--\(name)' does not take '\(value)'",
                hint: Suggestion.hint(for: value, among: words))
        }
        return value
    }
}
