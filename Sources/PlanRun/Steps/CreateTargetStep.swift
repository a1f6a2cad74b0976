import PlanCore
import PlanSync

/// Creates the target as the source is, or finds that it already is so.
struct CreateTargetStep: StepWork {
    func perform(_ index: Int, _ context: RunContext) async throws {
        let environment = context.environment
        guard let source = try await environment.source.describe() else {
            throw StepFailure.stopped(
                "the source has no collection '\(context.plan.source.collection)'",
                hint: "see 'source' in the plan")
        }
        let wanted = TargetShape.wanted(context.plan, source: source)
        let isOurs = await context.notes(index)["creating"] != nil
        let found = try await environment.target.describe()
        if let found {
            try await accept(found, wanted, isOurs: isOurs, context)
        } else {
            if let blank = wanted.vectors.first(where: { !$0.isSparse && $0.dimension == 0 }) {
                let name = blank.name.isEmpty ? "" : " '\(blank.name)'"
                guard environment.target.kind == "sqlite" else {
                    throw StepFailure.stopped(
                        "the source is empty and does not say how many numbers the vector\(name) "
                            + "has",
                        hint: "write a first record through the gateway, then apply again")
                }
            }
            try await context.setNote(index, "creating", "true")
            do {
                try await environment.target.create(wanted)
            } catch let error as StoreError where error.kind == .alreadyExists {
                throw StepFailure.stopped(
                    "the target was made by somebody else just now", hint: "apply again to look")
            }
            try await context.setNote(index, "created", "true")
        }
        let identity = try await environment.target.identity()
        try await context.journal.update { record in
            record.target = identity
            // What was made is what was wanted: the conformance suite holds every store to it.
            try record.note(target: found ?? wanted, by: index)
        }
    }

    private func accept(
        _ found: CollectionDescription, _ wanted: CollectionDescription, isOurs: Bool,
        _ context: RunContext
    ) async throws {
        let problems = TargetShape.differences(wanted: wanted, found: found)
        guard problems.isEmpty else {
            throw StepFailure.stopped(
                "the target '\(found.name)' exists and does not fit: "
                    + problems.joined(separator: "; "),
                hint: "name another collection, or drop this one yourself")
        }
        if isOurs || context.plan.target.existing == .adopt { return }
        let count = try await context.environment.target.count()
        guard count == 0 else {
            throw StepFailure.stopped(
                "the target '\(found.name)' already holds \(count) records",
                hint: "empty it, name another, or say 'existing: adopt' under 'target'")
        }
    }

    /// Only what this run made, and only when asked for by name.
    func undo(_ index: Int, _ context: RunContext) async throws {
        let notes = await context.notes(index)
        guard notes["creating"] != nil else {
            guard notes[RunRecord.targetNote] != nil else { return }
            try await context.journal.update { $0.steps[index].notes[RunRecord.targetNote] = nil }
            return
        }
        try await context.environment.target.drop()
        try await context.journal.update { record in
            record.steps[index].notes["creating"] = nil
            record.steps[index].notes["created"] = nil
            record.steps[index].notes[RunRecord.targetNote] = nil
            record.target = nil
        }
    }
}
