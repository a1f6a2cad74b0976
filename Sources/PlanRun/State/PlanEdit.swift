import PlanCore

/// What changed in a plan since its run began, and whether that may be.
package enum PlanEdit {
    /// Lines that left (`-`) and came (`+`), by longest common subsequence.
    package static func difference(_ before: String, _ after: String) -> [String] {
        let a = before.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let b = after.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let changes = b.difference(from: a)
        var lines: [(Int, String)] = []
        for change in changes {
            switch change {
            case .remove(let offset, let line, _): lines.append((offset * 2, "- \(line)"))
            case .insert(let offset, let line, _): lines.append((offset * 2 + 1, "+ \(line)"))
            }
        }
        return lines.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// nil where only steps that have not begun differ: such a change can be accepted. Source,
    /// target and mapping never change.
    package static func obstacle(_ before: Plan, _ after: Plan, _ record: RunRecord) -> String? {
        if before.name != after.name { return "the plan's name changed" }
        if before.source.place != after.source.place { return "the source changed" }
        if before.target.place != after.target.place { return "the target changed" }
        if before.mapping != after.mapping { return "the mapping changed" }
        for (index, state) in record.machine.states.enumerated() where state != .waiting {
            guard index < after.steps.count,
                before.steps[index].withoutLine == after.steps[index].withoutLine
            else { return "the step '\(record.steps[index].name)' has begun and changed" }
        }
        return nil
    }
}

extension StoreEndpoint {
    fileprivate var place: StoreEndpoint {
        var result = self
        result.line = 0
        return result
    }
}

extension Step {
    fileprivate var withoutLine: Step {
        var result = self
        result.line = 0
        for index in result.guards.indices { result.guards[index].line = 0 }
        return result
    }
}
