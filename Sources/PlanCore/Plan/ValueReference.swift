/// A setting that is written out, or found in the environment or a file when the run begins.
package enum ValueReference: Hashable, Sendable {
    case literal(String)
    /// `env:NAME`
    case env(String)
    /// `file:PATH`; the file's text without its last line break.
    case file(String)

    /// Reads `env:` and `file:`; all else is literal.
    package init(_ text: String) {
        if let reference = SecretReference(text) {
            self = reference.value
        } else {
            self = .literal(text)
        }
    }

    /// As the plan spells it. A literal may hold a password: use `redacted` for people.
    package var text: String {
        switch self {
        case .literal(let value): value
        case .env(let name): "env:\(name)"
        case .file(let path): "file:\(path)"
        }
    }

    /// What may be shown: the reference, or a literal URL without its user and password.
    package var redacted: String {
        guard case .literal(let value) = self, let scheme = value.firstRange(of: "://") else {
            return text
        }
        let rest = value[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return value }
        return value[..<scheme.upperBound] + "REDACTED@" + rest[rest.index(after: at)...]
    }

    /// The value itself.
    ///
    /// - Parameters:
    ///   - environment: a variable's value, nil where it is not set.
    ///   - read: a file's text, nil where it cannot be read.
    package func resolve(
        environment: (String) -> String?, read: (String) -> String?
    ) throws(Diagnostic) -> String {
        switch self {
        case .literal(let value):
            return value
        case .env(let name):
            guard let value = environment(name), !value.isEmpty else {
                throw Diagnostic(
                    "the environment variable '\(name)' is not set", hint: "export \(name)=…")
            }
            return value
        case .file(let path):
            guard var value = read(path) else {
                throw Diagnostic(
                    "cannot read '\(path)'", hint: "check that the file exists and is readable")
            }
            while value.last?.isNewline == true { value.removeLast() }
            guard !value.isEmpty else {
                throw Diagnostic("'\(path)' is empty", hint: "put the value into the file")
            }
            return value
        }
    }
}
