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

    /// What is said of a step that may not change; `plan rollback --to` frees it.
    private static func changed(_ step: String) -> String {
        "the step '\(step)' has begun and changed"
    }

    /// The step whose undoing would let the change be accepted; nil where none would.
    package static func blockingStep(_ before: Plan, _ after: Plan, _ record: RunRecord) -> String?
    {
        record.steps.map(\.name).first { obstacle(before, after, record) == changed($0) }
    }

    /// What makes it another migration; nil where both move the same records to the same place, however
    /// patiently the stores are asked.
    package static func moved(_ before: Plan, _ after: Plan) -> String? {
        changed(before, after) { $0.whereabouts }
    }

    private static func changed(
        _ before: Plan, _ after: Plan, _ part: (StoreEndpoint) -> StoreEndpoint
    ) -> String? {
        if before.name != after.name { return "the plan's name changed" }
        if part(before.source) != part(after.source) { return "the source changed" }
        if part(before.target) != part(after.target) { return "the target changed" }
        if before.mapping != after.mapping { return "the mapping changed" }
        return nil
    }

    /// nil where only steps differ that have not begun, were undone, or look on and have not ended:
    /// such a change can be accepted. Source, target and mapping never change.
    package static func obstacle(_ before: Plan, _ after: Plan, _ record: RunRecord) -> String? {
        if let found = changed(before, after, \.place) { return found }
        let kept = kept(before, after, record)
        let begun = record.machine.states.indices.first { index in
            index >= kept && !isFree(index, record)
        }
        return begun.map { changed(record.steps[$0].name) }
    }

    /// How many steps stay as they are; what comes after them begins anew.
    package static func kept(_ before: Plan, _ after: Plan, _ record: RunRecord) -> Int {
        record.machine.states.indices.first { index in
            if [.waiting, .undone].contains(record.machine.states[index]) { return true }
            return index >= after.steps.count
                || before.steps[index].withoutLine != after.steps[index].withoutLine
        } ?? record.machine.states.count
    }

    /// It has not begun, or was undone, or only looks on and has not come to its end: nothing of it is
    /// left behind.
    private static func isFree(_ index: Int, _ record: RunRecord) -> Bool {
        let looksOn = [StepWord.verify, .soak].map(\.rawValue).contains(record.steps[index].kind)
        switch record.machine.states[index] {
        case .waiting, .undone: return true
        case .running, .failed: return looksOn
        case .done: return false
        }
    }
}

extension StoreEndpoint {
    fileprivate var place: StoreEndpoint {
        var result = self
        result.line = 0
        // How it is asked, not which it is.
        result.connections = nil
        result.writesByRPC = nil
        return result
    }

    /// Which collection of which server it is, and what of it.
    fileprivate var whereabouts: StoreEndpoint {
        var result = place
        (result.deadline, result.quarantine, result.stalenessBound) = (.zero, .zero, .zero)
        (result.apiKey, result.authorities, result.library) = (nil, nil, nil)
        result.search = [:]
        result.existing = .refuse
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
