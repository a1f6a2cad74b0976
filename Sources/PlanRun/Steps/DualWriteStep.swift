import PlanCore
import PlanSync

/// Writes go to both sides from here on.
struct DualWriteStep: StepWork {
    func perform(_ index: Int, _ context: RunContext) async throws {
        try await context.environment.target.checkWritable()
        try await context.flips().beginDualWrites()
        try await drainSingleWrites(index, context)
    }

    /// Every gateway writes to both by now. What one of them sent before, to the source alone, has
    /// no intent; where its outcome was never known, or its gateway died, it may still land, and
    /// nothing that is copied before then would be equal after it. A gateway that was struck off, or
    /// never joined, may send such writes for half a quarantine after it last looked (`Tenure`,
    /// `Passage`); what it sent last may land a quarantine later.
    private func drainSingleWrites(_ index: Int, _ context: RunContext) async throws {
        let flaws = context.environment.flaws
        if flaws.contains(.copyAtOnce) { return }
        let looks = context.environment.settings.quarantine / 2
        let settling =
            context.plan.source.quarantine + (flaws.contains(.settlesShort) ? .zero : looks)
        let text =
            "letting writes settle that were sent to the source alone: "
            + "\(settling.seconds) s, by its 'quarantine'"
        _ = try await context.ledger.write(.relaxed) { try $0.setStatus("waiting", text) }
        try await Waited.wait(settling, note: "drained_ms", index, context)
        try await awaitOldCopies(context)
        try await context.clearWaiting()
    }

    /// A worker of an earlier walk may be asleep over a page, or its last write be in doubt: single
    /// writes since then did not touch its window. Nothing is copied before that is closed.
    private func awaitOldCopies(_ context: RunContext) async throws {
        while true {
            let count = try await context.ledger.read { try $0.unsettled().copyWindows }
            if count == 0 { return }
            let text = "waiting for \(count) pages of an earlier copy to be written or given up"
            _ = try await context.ledger.write(.relaxed) { try $0.setStatus("waiting", text) }
            try await context.time.sleep(for: .milliseconds(100))
        }
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        try await context.flips().endDualWrites()
        // What was copied ages from here on: a later apply copies again.
        _ = try await context.ledger.write(.durable) { ledger in
            try ledger.deleteChunks(task: Copier.task)
            for key in try ledger.dirtyKeys() { _ = try ledger.clearDirty(key.key) }
        }
        try await context.setNote(index, "drained_ms", nil)
    }
}
