import PlanCore
import PlanSync

/// Builds the vector index when the load is over.
struct CreateIndexStep: StepWork {
    let spec: IndexSpec

    func perform(_ index: Int, _ context: RunContext) async throws {
        let target = context.environment.target
        var spec = spec
        // A source that is gone says nothing, and the store's defaults do.
        spec.settings = (try? await context.environment.source.describe())?.settings ?? [:]
        try await context.setNote(index, "index", spec.kind)
        try await target.createIndex(spec)
        while try await target.indexState(spec) != .ready {
            try await context.time.sleep(for: .milliseconds(200))
        }
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        guard await context.notes(index)["index"] != nil else { return }
        try await context.environment.target.dropIndex(spec)
        try await context.setNote(index, "index", nil)
    }
}
