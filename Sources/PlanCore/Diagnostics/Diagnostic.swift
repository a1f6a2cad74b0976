/// A problem that the user can mend: of a plan file, of a command line, of the environment.
package struct Diagnostic: Error, Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable, CaseIterable {
        case error, warning
    }

    /// Where it is. Lines and columns count from 1, columns and lengths in characters.
    package struct Location: Hashable, Sendable {
        package var file: String
        package var line: Int
        package var column: Int
        /// Characters under the caret; at least 1.
        package var length: Int
        /// The line itself, without its end.
        package var text: String

        package init(file: String, line: Int, column: Int, length: Int, text: String) {
            self.file = file
            self.line = line
            self.column = column
            self.length = length
            self.text = text
        }
    }

    package var severity: Severity
    /// Lowercase, quotes the user's own token, no full stop.
    package var message: String
    /// nil where no file is to blame.
    package var location: Location?
    /// What to do.
    package var hint: String?

    package init(
        _ message: String, severity: Severity = .error, at location: Location? = nil,
        hint: String? = nil
    ) {
        self.severity = severity
        self.message = message
        self.location = location
        self.hint = hint
    }
}

extension Diagnostic: CustomStringConvertible {
    package var description: String { hint.map { "\(message): \($0)" } ?? message }
}

/// All problems of one input at once.
package struct Diagnostics: Error, Hashable, Sendable {
    /// At least one.
    package var all: [Diagnostic]

    package init(_ all: [Diagnostic]) { self.all = all }
}
