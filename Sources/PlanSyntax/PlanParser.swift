import PlanCore
import YAML

/// YAML text → `Plan`, or everything that is wrong with it at once. Nothing connects or runs.
package enum PlanParser {
    package struct Result: Hashable, Sendable {
        /// nil exactly where `diagnostics` holds an error.
        package var plan: Plan?
        /// Errors and warnings, in the file's order.
        package var diagnostics: [Diagnostic]
    }

    /// - Parameter file: as the user named it; nothing is read from it.
    package static func parse(text: String, file: String) -> Result {
        parse(bytes: Array(text.utf8), file: file)
    }

    package static func parse(bytes: [UInt8], file: String) -> Result {
        let document = YAMLDocument.parse(bytes)
        let issues = Issues(file: file, source: document.source)
        for error in document.errors {
            issues.error(error.message, at: error.span, hint: error.hint)
        }
        guard let root = document.root else {
            if !issues.hasErrors {
                issues.error(
                    "the plan is empty", at: 0..<0, hint: "'plan init' writes a first one")
            }
            return Result(plan: nil, diagnostics: issues.diagnostics)
        }
        let plan = plan(root, issues)
        return Result(plan: issues.hasErrors ? nil : plan, diagnostics: issues.diagnostics)
    }

    private static func plan(_ root: YAMLNode, _ issues: Issues) -> Plan? {
        guard !isOfAnotherFormat(root, issues),
            let value = ShapeReader(issues: issues).read(
                root, as: .object(PlanShape.plan), name: "plan")
        else { return nil }
        let sketches = StepSketch.all(in: root)
        StepOrder(issues: issues).check(sketches)
        return PlanBuilder(issues: issues).build(value, sketches: sketches)
    }

    /// A newer format may mean anything: nothing else is said about such a file.
    private static func isOfAnotherFormat(_ root: YAMLNode, _ issues: Issues) -> Bool {
        guard let node = root["plan"], let text = node.scalar?.text,
            let format = Quantity.integer(text), format != Plan.format
        else { return false }
        issues.error(
            "this build reads plan format \(Plan.format), found '\(text)'", at: node.span,
            hint: format > Plan.format ? "install a newer build" : "write plan: \(Plan.format)")
        return true
    }
}
