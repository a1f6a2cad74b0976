import PlanCore
import PlanRun
import PlanSync

/// What the two collections are. A run knows what they were, and a store that is down or hangs
/// must not keep a gateway from serving the other one.
extension Workbench {
    /// How long an answer is waited for where there is an older one.
    private static let patience = Duration.seconds(2)

    /// T and U of this plan between its stores as they describe themselves. A target that is not
    /// there yet is taken as it will be made.
    func mapping() async throws -> PairMapping {
        async let asked = describedTarget()
        guard let described = try await describedSource() else {
            throw Workbench.noCollection(plan)
        }
        let wanted = TargetShape.wanted(plan, source: described)
        return PairMapping(
            rules: plan.mapping, source: described, target: try await asked ?? wanted,
            sourceCapabilities: source.capabilities, targetCapabilities: target.capabilities,
            uuid5: Workbench.uuid5)
    }

    /// The source's collection; in a run, as it was where the source is out of reach or no more.
    func describedSource() async throws -> CollectionDescription? {
        let store = folder.store
        let kept = try await store.keptCollection()
        guard let found = try await describe(source, knowing: kept) else { return kept }
        if folder.hasRun { try await store.keep(found) }
        return found
    }

    /// nil where there is none yet, or nobody can say.
    private func describedTarget() async throws -> CollectionDescription? {
        let made = try await folder.store.load()?.madeTarget
        do {
            return try await describe(target, knowing: made)
        } catch let error as StoreError where error.isTransient {
            return nil
        }
    }

    /// As the store says, or as it was where it does not say so in time.
    private func describe(
        _ store: any VectorStore, knowing kept: CollectionDescription?
    ) async throws -> CollectionDescription? {
        guard let kept else { return try await store.describe() }
        do {
            return try await withThrowingTaskGroup { group in
                group.addTask { try await store.describe() }
                group.addTask {
                    try await Task.sleep(for: Workbench.patience)
                    return kept
                }
                defer { group.cancelAll() }
                return try await group.next() ?? kept
            }
        } catch let error as StoreError where error.isTransient {
            return kept
        }
    }
}
