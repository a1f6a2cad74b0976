import PlanCore
import PlanSync

/// Ends the run: exports if asked, keeps, renames or drops the source, and cleans up after itself.
struct DecommissionStep: StepWork {
    let options: DecommissionOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        guard try await context.flips().route().authority == .target else {
            throw StepFailure.stopped("the target is not the authority yet", hint: nil)
        }
        let export = options.export.map { SourceExport(folder: $0, step: index, context: context) }
        // While the source still follows, and the folder in the plan may still be another.
        try await export?.checkPlace()
        if options.source.needsApproval {
            try await Approvals.await(context.plan.steps[index].name, context)
        }
        try await PointOfNoReturn(context: context).pass(index)
        try await DroppedFields(context: context).remove()
        try await export?.make()
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

    func undo(_ index: Int, _ context: RunContext) async throws {
        try await PointOfNoReturn(context: context).refuseRollback(to: index)
    }
}
