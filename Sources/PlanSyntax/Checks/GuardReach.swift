import PlanCore

/// Refuses guards that no step has measured by the time they are judged: they would stay
/// inconclusive and stop the run.
struct GuardReach {
    let issues: Issues

    /// - Parameter sketches: also the steps that could not be read.
    func check(_ steps: [PlacedStep], among sketches: [StepSketch]) {
        let lines = sketches.map { (word: $0.word, line: issues.line(of: $0.span)) }
        for placed in steps {
            let seen = lines.filter { $0.line <= placed.step.line }.map(\.word)
            for (made, span) in zip(placed.step.guards, placed.guardSpans) {
                guard case .metric(let metric) = made.measure else { continue }
                let sources = measuredBy(metric.name)
                guard !sources.isEmpty, !sources.contains(where: seen.contains) else { continue }
                issues.error(
                    "nothing has measured '\(metric.text)' by then", at: span,
                    hint: "it needs a "
                        + sources.map { "'\($0.rawValue)'" }.joined(separator: " or ")
                        + " at or before this step")
            }
        }
    }

    /// Empty: measured all the time.
    private func measuredBy(_ name: Metric.Name) -> [StepWord] {
        switch name {
        case .discrepancyRate, .overlap, .mirrorDroppedRate: [.mirror]
        case .recall, .recallP5: [.verify, .mirror]
        case .missing, .extra, .mismatched, .repaired, .bypassedWrites: [.verify]
        default: []
        }
    }
}
