import PlanCore
import PlanSync

/// Writes go to both sides from here on.
struct DualWriteStep: StepWork {
    func perform(_ index: Int, _ context: RunContext) async throws {
        try await context.environment.target.checkWritable()
        try await context.flips().beginDualWrites()
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        try await context.flips().endDualWrites()
        // What was copied ages from here on: a later apply copies again.
        _ = try await context.ledger.write(.durable) { ledger in
            try ledger.deleteChunks(task: Copier.task)
            for key in try ledger.dirtyKeys() { _ = try ledger.clearDirty(key.key) }
        }
    }
}
