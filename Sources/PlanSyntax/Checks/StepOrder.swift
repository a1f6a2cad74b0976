import PlanCore

/// Refuses what makes no sense: steps too early, too late, twice, or without a name of their own.
struct StepOrder {
    let issues: Issues

    /// The first must stand somewhere before the second, which is pointless or unsafe without it.
    private static let needs: [(step: StepWord, before: StepWord, why: String)] = [
        (.backfill, .dualWrite, "writes during the copy would be lost"),
        (.mirror, .dualWrite, "the target would fall behind while it is compared"),
        (.cutover, .dualWrite, "the target would miss every write since the copy"),
        (.detach, .cutover, "the source still decides"),
        (.decommission, .cutover, "the application still uses the source"),
    ]

    /// Where both are there, the first comes first.
    private static let precedes: [(first: StepWord, second: StepWord, why: String)] = [
        (.createTarget, .dualWrite, "there would be nothing to write to"),
        (.createTarget, .backfill, "there would be nothing to copy into"),
        (.attach, .dualWrite, "writes that pass the gateway by would be lost"),
        (.backfill, .verify, "nothing is copied yet"),
        (.backfill, .mirror, "nothing is copied yet"),
        (.backfill, .cutover, "nothing is copied yet"),
        (.mirror, .cutover, "there is nothing left to decide"),
        (.createIndex, .cutover, "searches would run without it"),
        (.detach, .decommission, "the gateway still needs the source"),
    ]

    private static let atMostOnce: [StepWord] = [
        .createTarget, .attach, .dualWrite, .backfill, .cutover, .detach, .decommission,
    ]

    func check(_ steps: [StepSketch]) {
        for (index, step) in steps.enumerated() {
            let earlier = steps[..<index]
            let isRepeated = checkOnce(step, earlier)
            if !isRepeated { checkOrder(step, earlier: earlier, later: steps[(index + 1)...]) }
            checkName(step, earlier)
            checkEnd(step, earlier)
        }
        checkAdvice(steps)
    }

    private func checkOnce(_ step: StepSketch, _ earlier: ArraySlice<StepSketch>) -> Bool {
        guard Self.atMostOnce.contains(step.word),
            let first = earlier.first(where: { $0.word == step.word })
        else { return false }
        let line = issues.line(of: first.span)
        issues.error(
            "a second '\(step.word.rawValue)'", at: step.span,
            hint: "a plan has one; the first is on line \(line)")
        return true
    }

    private func checkOrder(
        _ step: StepSketch, earlier: ArraySlice<StepSketch>, later: ArraySlice<StepSketch>
    ) {
        // One reason is enough: mending it often mends the others.
        for rule in Self.needs where rule.step == step.word {
            guard !earlier.contains(where: { $0.word == rule.before }) else { continue }
            let comesLater = later.contains { $0.word == rule.before }
            issues.error(
                comesLater
                    ? "'\(step.word.rawValue)' before '\(rule.before.rawValue)'"
                    : "'\(step.word.rawValue)' without '\(rule.before.rawValue)' before it",
                at: step.span,
                hint: "\(rule.why): "
                    + (comesLater
                        ? "move it down" : "add '\(rule.before.rawValue)' above it"))
            return
        }
        for rule in Self.precedes where rule.second == step.word {
            guard !earlier.contains(where: { $0.word == rule.first }),
                later.contains(where: { $0.word == rule.first })
            else { continue }
            issues.error(
                "'\(step.word.rawValue)' before '\(rule.first.rawValue)'", at: step.span,
                hint: "\(rule.why): move it down")
            return
        }
    }

    private func checkName(_ step: StepSketch, _ earlier: ArraySlice<StepSketch>) {
        let name = step.name ?? step.word.rawValue
        guard let first = earlier.first(where: { ($0.name ?? $0.word.rawValue) == name }),
            !Self.atMostOnce.contains(step.word) || step.name != nil
        else { return }
        let line = issues.line(of: first.span)
        let count = earlier.count { $0.word == step.word } + 1
        issues.error(
            step.name == nil
                ? "a repeated '\(name)' needs a name of its own"
                : "the name '\(name)' is taken by the step on line \(line)",
            at: step.nameSpan ?? step.span,
            hint: (step.name == nil ? "add" : "write")
                + " name: \(step.word.rawValue)-\(max(2, count))")
    }

    /// After the point of no return nothing follows any more.
    private func checkEnd(_ step: StepSketch, _ earlier: ArraySlice<StepSketch>) {
        let last = earlier.last { $0.word == .detach || $0.word == .decommission }
        guard let last else { return }
        let allowed: [StepWord] =
            last.word == .detach ? [.decommission, .approval, .hook] : [.approval, .hook, .detach]
        guard !allowed.contains(step.word), !Self.atMostOnce.contains(step.word) else { return }
        issues.error(
            "'\(step.word.rawValue)' after '\(last.word.rawValue)'", at: step.span,
            hint: "the stores no longer follow each other: move it up")
    }

    private func checkAdvice(_ steps: [StepSketch]) {
        if let cutover = steps.firstIndex(where: { $0.word == .cutover }),
            !steps[..<cutover].contains(where: \.isFullVerify)
        {
            issues.warning(
                "'cutover' without a full 'verify' before it", at: steps[cutover].span,
                hint: "add verify: {mode: full, repair: true} above it")
        }
        if let index = steps.firstIndex(where: { $0.word == .createIndex }),
            steps[index...].contains(where: { $0.word == .backfill })
        {
            issues.warning(
                "'create_index' before 'backfill' slows the copy", at: steps[index].span,
                hint: "move it below the backfill")
        }
    }
}
