import PlanCore
import PlanSync

/// Ends the run: exports if asked, keeps, renames or drops the source, and cleans up after itself.
struct DecommissionStep: StepWork {
    let options: DecommissionOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        let flips = context.flips()
        guard try await flips.route().authority == .target else {
            throw StepFailure.stopped("the target is not the authority yet", hint: nil)
        }
        if options.source.needsApproval {
            try await Approvals.await(context.plan.steps[index].name, context)
        }
        try await DroppedFields(context: context).remove()
        try await flips.endFollowing()
        try await context.setNote(index, "no_return", "true")
        if let export = options.export { try await self.export(to: export, context) }
        let source = context.environment.source
        if try await source.describe() != nil {
            switch options.source {
            case .keep: break
            case .rename:
                try await source.rename(to: context.plan.source.collection + "_before_crossfade")
            case .drop: try await source.drop()
            }
        }
        try await releaseClaim(context)
    }

    private func releaseClaim(_ context: RunContext) async throws {
        let claim = RunClaim(
            run: context.ledger.id, plan: context.plan.name, host: "", state: context.folder)
        try await context.environment.target.release(claim)
    }

    /// As a collection of the `files` store, which can be restored: complete or not there at all.
    private func export(to folder: String, _ context: RunContext) async throws {
        let source = context.environment.source
        let path = context.plan.path(folder)
        let name = context.plan.source.collection
        let done = try context.world.files(folder: path, collection: name)
        guard try await done.describe() == nil, let description = try await source.describe() else {
            return
        }
        // Of an attempt that was cut short nothing is kept.
        let draft = try context.world.files(folder: path, collection: name + ".new")
        try await draft.drop()
        try await draft.create(description)
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
        try await draft.rename(to: name)
        await draft.close()
    }

    func undo(_ index: Int, _ context: RunContext) async throws {
        guard await context.notes(index)["no_return"] != nil else { return }
        throw StepFailure.stopped(
            "'decommission' has begun: the source no longer follows",
            hint: "make a plan in the other direction, from this target to a new store")
    }
}
