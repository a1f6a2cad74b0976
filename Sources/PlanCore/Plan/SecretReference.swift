/// Where a credential is found. Never the credential: a plan is checked in.
package enum SecretReference: Hashable, Sendable {
    case env(String)
    case file(String)

    /// nil unless `text` is `env:NAME` or `file:PATH`.
    package init?(_ text: String) {
        if text.hasPrefix("env:"), text.utf8.count > 4 {
            self = .env(String(text.dropFirst(4)))
        } else if text.hasPrefix("file:"), text.utf8.count > 5 {
            self = .file(String(text.dropFirst(5)))
        } else {
            return nil
        }
    }

    package var value: ValueReference {
        switch self {
        case .env(let name): .env(name)
        case .file(let path): .file(path)
        }
    }

    package var text: String { value.text }

    package func resolve(
        environment: (String) -> String?, read: (String) -> String?
    ) throws(Diagnostic) -> Secret {
        Secret(try value.resolve(environment: environment, read: read))
    }
}
