import PlanCore
import YAML

extension ShapeReader {
    /// A literal, `env:NAME` or `file:PATH`. A literal that holds a password is refused.
    func reference(_ scalar: YAMLScalar, _ node: YAMLNode, name: String) -> Value? {
        guard checkVariable(scalar, node) else { return nil }
        if case .literal(let text) = ValueReference(scalar.text), holdsPassword(text) {
            issues.hide(node.span)
            issues.error(
                "'\(name)' holds a password, and a plan is checked in", at: node.span,
                hint: "write \(name): env:NAME, and put the whole address into that variable")
            return nil
        }
        return Value(content: .text(scalar.text), node: node)
    }

    func secret(_ scalar: YAMLScalar, _ node: YAMLNode, name: String) -> Value? {
        guard SecretReference(scalar.text) != nil else {
            issues.hide(node.span)
            issues.error(
                "'\(name)' is a secret, and a plan is checked in", at: node.span,
                hint: "write \(name): env:NAME or \(name): file:PATH")
            return nil
        }
        guard checkVariable(scalar, node) else { return nil }
        return Value(content: .text(scalar.text), node: node)
    }

    private func checkVariable(_ scalar: YAMLScalar, _ node: YAMLNode) -> Bool {
        guard scalar.text.hasPrefix("env:") else { return true }
        let variable = scalar.text.dropFirst(4)
        let isName =
            variable.first.map { $0.isASCII && ($0.isLetter || $0 == "_") } == true
            && variable.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        if !isName {
            issues.error(
                "'\(clipped(String(variable)))' is not the name of an environment variable",
                at: node.span, hint: "write env:NAME with letters, digits and '_'")
        }
        return isName
    }

    /// `scheme://user:password@…`, `…?password=…`, or `password=…` among libpq's words.
    private func holdsPassword(_ text: String) -> Bool {
        if let scheme = text.firstRange(of: "://") {
            let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
            if let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") {
                return true
            }
        }
        return text.split(whereSeparator: { " ?&".contains($0) }).contains {
            let word = $0.lowercased()
            return word.hasPrefix("password=") && word.utf8.count > "password=".utf8.count
        }
    }
}
