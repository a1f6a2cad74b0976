import PlanCore
import YAML

/// Everything found wrong with one file, placed by bytes.
final class Issues {
    let file: String
    let source: YAMLSource
    private var found: [(offset: Int, diagnostic: Diagnostic)] = []
    private var seen: Set<Diagnostic> = []
    /// A file that is nothing but mistakes is answered in time: these are counted only.
    private var unshown = 0
    /// One line may be the whole file: it is kept once.
    private var lines: [Int: String] = [:]
    private(set) var hasErrors = false

    private static let shownMax = 200
    /// Spans of credentials that were written out: shown nowhere.
    private var hidden: [Range<Int>] = []

    init(file: String, source: YAMLSource) {
        self.file = file
        self.source = source
    }

    func error(_ message: String, at span: Range<Int>, hint: String? = nil) {
        add(message, .error, at: span, hint: hint)
    }

    func warning(_ message: String, at span: Range<Int>, hint: String? = nil) {
        add(message, .warning, at: span, hint: hint)
    }

    func hide(_ span: Range<Int>) { hidden.append(span) }

    /// From 1.
    func line(of span: Range<Int>) -> Int { source.line(of: span.lowerBound) }

    /// In the file's order; in one place, in the order they were found.
    var diagnostics: [Diagnostic] {
        found.enumerated()
            .sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }
            .map { hiding(in: $0.element.diagnostic) }
            + (unshown == 0 ? [] : [rest])
    }

    private var rest: Diagnostic {
        Diagnostic(
            "\(unshown) more problems are not shown", at: found.last?.diagnostic.location,
            hint: "mend these first")
    }

    private func add(
        _ message: String, _ severity: Diagnostic.Severity, at span: Range<Int>, hint: String?
    ) {
        hasErrors = hasErrors || severity == .error
        guard found.count < Self.shownMax else {
            unshown += 1
            return
        }
        let position = source.position(of: span.lowerBound)
        let text = lines[position.line] ?? source.lineText(position.line)
        lines[position.line] = text
        let location = Diagnostic.Location(
            file: file, line: position.line, column: position.column,
            length: source.length(of: span), text: text)
        let diagnostic = Diagnostic(message, severity: severity, at: location, hint: hint)
        guard seen.insert(diagnostic).inserted else { return }
        found.append((span.lowerBound, diagnostic))
    }

    /// A star for each character of a credential on the diagnostic's line.
    private func hiding(in diagnostic: Diagnostic) -> Diagnostic {
        guard var location = diagnostic.location else { return diagnostic }
        for span in hidden {
            let position = source.position(of: span.lowerBound)
            guard position.line == location.line else { continue }
            var characters = Array(location.text)
            let start = position.column - 1
            let end = min(characters.count, start + source.length(of: span))
            for index in start..<max(start, end) { characters[index] = "*" }
            location.text = String(characters)
        }
        var result = diagnostic
        result.location = location
        return result
    }
}
