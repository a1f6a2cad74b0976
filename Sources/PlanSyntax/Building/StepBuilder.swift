import PlanCore
import YAML

/// A step with the places that later checks point at.
struct PlacedStep {
    var step: Step
    var guardSpans: [Range<Int>]
}

struct StepBuilder {
    let issues: Issues
    /// The longer of both stores' staleness bounds.
    let lag: Duration

    func build(_ value: StepValue) -> PlacedStep? {
        let guards = guards(value)
        let kind = kind(value)
        let onFailure = value.entry["on_failure"]?.choice(Step.OnFailure.self)
        if let onFailure { check(onFailure, value) }
        checkGuarded(value)
        guard let kind else { return nil }
        let step = Step(
            kind, name: value.entry["name"]?.text, guards: guards.map(\.guard),
            onFailure: onFailure, timeout: value.entry["timeout"]?.duration,
            line: issues.line(of: value.wordSpan))
        return PlacedStep(step: step, guardSpans: guards.map(\.span))
    }

    private func guards(_ value: StepValue) -> [(guard: Guard, span: Range<Int>)] {
        var taken: [String: Int] = [:]
        var result: [(guard: Guard, span: Range<Int>)] = []
        for entry in value.entry["guards"]?.list ?? [] {
            guard var made = GuardBuilder(issues: issues).build(entry) else { continue }
            // The history is kept by name: a second one on the same metric gets a number.
            let repeats = taken[made.name, default: 0]
            taken[made.name] = repeats + 1
            if repeats > 0 { made.name += "-\(repeats + 1)" }
            result.append((made, ShapeReader(issues: issues).short(entry.node)))
        }
        return result
    }

    private func check(_ onFailure: Step.OnFailure, _ value: StepValue) {
        guard onFailure != .pause, value.word == .detach || value.word == .decommission,
            let span = value.entry["on_failure"]?.span
        else { return }
        issues.error(
            "'\(value.word.rawValue)' cannot be rolled back", at: span,
            hint: "write on_failure: pause")
    }

    private func checkGuarded(_ value: StepValue) {
        // Also where they are misspelt or wrong: that was said already.
        let keys = value.entry.node.mapping?.compactMap { $0.key.scalar?.text } ?? []
        let hasGuards = keys.contains {
            Suggestion.nearest(to: $0, among: ["guards"]) != nil
        }
        guard !hasGuards else { return }
        switch value.word {
        case .mirror:
            issues.warning(
                "'mirror' without a guard proves nothing", at: value.wordSpan,
                hint: "add guards: [discrepancy_rate < 1%]")
        case .soak:
            issues.warning(
                "'soak' without a guard only waits", at: value.wordSpan,
                hint: "add guards: [repair_backlog < 100]")
        case .verify:
            issues.warning(
                "'verify' without a guard passes whatever it finds", at: value.wordSpan,
                hint: "add guards: [missing == 0, extra == 0, mismatched == 0]")
        case .cutover where value.options["steps"]?.list?.isEmpty == false:
            issues.warning(
                "'cutover' moves reads without a guard", at: value.wordSpan,
                hint: "add guards: [read_error_rate.target < 0.1%]")
        default: break
        }
    }
}
