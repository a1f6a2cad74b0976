import PlanCore
import YAML

extension ShapeReader {
    func condition(_ scalar: YAMLScalar, _ node: YAMLNode, name: String) -> Value? {
        guard !isBlock(scalar, node) else { return nil }
        var text = GuardText(scalar.text)
        // Without its metric the value has no unit yet: `GuardBuilder` gives it one.
        guard let comparison = text.comparison() else {
            report(text, scalar, node)
            return nil
        }
        let value = text.word()
        guard !value.isEmpty else {
            issues.error(
                "'\(name)' compares with nothing: '\(clipped(scalar.text))'", at: node.span,
                hint: "write it as \"\(comparison.rawValue) 1%\"")
            return nil
        }
        guard text.isAtEnd else {
            issues.error(
                "'\(name)' takes one comparison, found '\(clipped(scalar.text))'", at: node.span,
                hint: "write it as \"\(comparison.rawValue) \(value)\"; a window goes into over:")
            return nil
        }
        let written = "\(comparison.rawValue) \(value)"
        return Value(
            content: .condition(Condition(comparison, .nan, text: written)), node: node)
    }

    func shortGuard(_ scalar: YAMLScalar, _ node: YAMLNode) -> Value? {
        guard !isBlock(scalar, node) else { return nil }
        var text = GuardText(scalar.text)
        let result = text.parse()
        guard let result else {
            report(text, scalar, node)
            return nil
        }
        return Value(content: .shortGuard(result), node: node)
    }

    private func report(_ text: GuardText, _ scalar: YAMLScalar, _ node: YAMLNode) {
        guard let problem = text.problem else { return }
        issues.error(problem.message, at: part(problem.range, of: scalar, node), hint: problem.hint)
    }

    /// Bytes of the file that hold these bytes of the scalar's text, where that is plain to see.
    private func part(_ range: Range<Int>, of scalar: YAMLScalar, _ node: YAMLNode) -> Range<Int> {
        let quotes = scalar.style == .plain ? 0 : 1
        guard node.span.count == scalar.text.utf8.count + 2 * quotes, !range.isEmpty else {
            return node.span
        }
        let start = node.span.lowerBound + quotes
        return start + range.lowerBound..<start + range.upperBound
    }

    /// `>5` without quotes is a block of text to YAML.
    private func isBlock(_ scalar: YAMLScalar, _ node: YAMLNode) -> Bool {
        guard scalar.style == .folded || scalar.style == .literal else { return false }
        issues.error(
            "an unquoted '>' or '|' opens a block of text",
            at: node.span.lowerBound..<node.span.lowerBound + 1,
            hint: "quote it, as in \"> 0.1%\"")
        return true
    }
}
