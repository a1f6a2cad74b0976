import PlanCore

/// How diagnostics are written: for people, for machines, for the annotations of a code review.
package enum DiagnosticFormat: String, Hashable, Sendable, CaseIterable {
    case text, json, github

    /// All of them, each with its line break; empty for none, except JSON, which is a document.
    package func render(_ diagnostics: [Diagnostic]) -> String {
        switch self {
        case .text: diagnostics.map(TextDiagnostic.render).joined(separator: "\n")
        case .json: JSONDiagnostic.render(diagnostics)
        case .github: diagnostics.map(GitHubDiagnostic.render).joined()
        }
    }
}
