import PlanCore
import PlanSync

/// The source's records as a collection of the `files` store, which can be restored: complete or
/// not there at all, and made by this run.
///
///     nothing ──noted──▶ draft ──filled, noted──▶ whole draft ──renamed──▶ made
///
/// A draft that was cut short is begun anew. What is there and none of this run's is refused.
struct SourceExport: Sendable {
    /// Notes of the step: a draft was begun; it is whole, and only its name is left to change.
    private static let begun = "export_begun"
    private static let whole = "export_whole"

    let folder: String
    let step: Int
    let context: RunContext

    private var source: any VectorStore { context.environment.source }
    private var name: String { context.plan.source.collection }
    private var draftName: String { name + ".new" }

    private func collection(_ name: String) throws -> any VectorStore {
        try context.world.files(folder: context.plan.path(folder), collection: name)
    }

    /// Throws where something lies there that is none of this run's.
    func checkPlace() async throws {
        // A source that is gone cannot be exported, nor lost.
        guard try await source.describe() != nil else { return }
        _ = try await isMade()
    }

    func make() async throws {
        guard let description = try await source.describe() else { return }
        if try await isMade() { return }
        let step = step
        try await context.journal.update { record in
            record.steps[step].notes[SourceExport.begun] = "true"
            record.steps[step].notes[SourceExport.whole] = nil
        }
        let draft = try collection(draftName)
        // Of an attempt that was cut short nothing is kept.
        try await draft.drop()
        try await draft.create(description)
        try await fill(draft)
        try await context.setNote(step, SourceExport.whole, "true")
        try await draft.rename(to: name)
        await draft.close()
    }

    private func isMade() async throws -> Bool {
        let notes = await context.notes(step)
        let isDrafted = try await collection(draftName).describe() != nil
        let isThere = try await collection(name).describe() != nil
        if isDrafted, notes[SourceExport.begun] == nil { throw refusal(draftName) }
        guard isThere else { return false }
        // Ours was a draft, which is no more since it has this name.
        guard notes[SourceExport.whole] != nil, !isDrafted else { throw refusal(name) }
        return true
    }

    private func refusal(_ name: String) -> StepFailure {
        StepFailure.stopped(
            "'\(context.plan.path(folder))' holds a collection '\(name)' that this run did not "
                + "make",
            hint: "move it away or remove it, then apply again; or name another folder in 'export'")
    }

    private func fill(_ draft: any VectorStore) async throws {
        // Nothing writes to it any more: when this is over, no read of it lags.
        let bound = source.capabilities.stalenessBound
        if bound > .zero { try await context.time.sleep(for: bound) }
        var cursor: RecordID?
        while true {
            let page = try await source.scan(.all, after: cursor, limit: 500)
            if !page.isEmpty { try await draft.load(page) }
            guard page.count == 500, let last = page.last else { break }
            cursor = last.id
        }
        let (held, wanted) = (try await draft.count(), try await source.count())
        guard held == wanted else {
            throw StepFailure.stopped(
                "the export holds \(held) of the source's \(wanted) records",
                hint: "see who writes to the source past the gateway, and apply again")
        }
    }
}
