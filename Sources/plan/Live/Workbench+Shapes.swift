import PlanCore
import PlanRun
import PlanSync

/// What the two collections are. A run knows what they were, and a store that is down must not keep
/// a gateway from serving the other one; nor must one that hangs.
extension Workbench {
    /// How long, and what is said where an older answer has to do.
    struct Patience: Sendable {
        /// nil: as long as the store's deadline.
        var limit: Duration?
        var onFallback: @Sendable (Side) -> Void = { _ in }

        static let whole = Patience()
    }

    /// T and U of this plan between its stores as they describe themselves. A target that is not
    /// there yet is taken as it will be made.
    func mapping(_ patience: Patience = .whole) async throws -> PairMapping {
        async let asked = describedTarget(patience)
        guard let described = try await describedSource(patience) else {
            throw Workbench.noCollection(plan)
        }
        let wanted = TargetShape.wanted(plan, source: described)
        return PairMapping(
            rules: plan.mapping, source: described, target: try await asked ?? wanted,
            sourceCapabilities: source.capabilities, targetCapabilities: target.capabilities,
            uuid5: Workbench.uuid5)
    }

    /// The source's collection; in a run, as it was where the source is out of reach or no more.
    func describedSource(_ patience: Patience = .whole) async throws -> CollectionDescription? {
        let store = folder.store
        let kept = try await store.keptCollection()
        switch try await describe(.source, patience, hasOlder: kept != nil) {
        case .unanswered: return kept
        case .answered(nil): return kept
        case .answered(let found?):
            if folder.hasRun { try await store.keep(found) }
            return found
        }
    }

    /// nil where there is none yet, or nobody can say.
    private func describedTarget(_ patience: Patience) async throws -> CollectionDescription? {
        let noted = try await notedTarget()
        do {
            switch try await describe(.target, patience, hasOlder: noted != nil) {
            case .unanswered: return noted
            case .answered(let found): return found
            }
        } catch let error as StoreError where error.isTransient {
            return nil
        }
    }

    /// What `create_target` left, as long as that is done and of this plan.
    private func notedTarget() async throws -> CollectionDescription? {
        let noted = try await folder.store.load()?.notedTarget
        return noted?.name == plan.target.collection ? noted : nil
    }

    private enum Answer: Sendable {
        case answered(CollectionDescription?)
        case unanswered
    }

    private func describe(
        _ side: Side, _ patience: Patience, hasOlder: Bool
    ) async throws -> Answer {
        let store = store(side)
        guard hasOlder else { return .answered(try await store.describe()) }
        do {
            guard let limit = patience.limit else { return .answered(try await store.describe()) }
            let answer = try await time.answer(within: limit) {
                Answer.answered(try await store.describe())
            } late: {
                Answer.unanswered
            }
            if case .unanswered = answer { patience.onFallback(side) }
            return answer
        } catch let error as StoreError where error.isTransient {
            patience.onFallback(side)
            return .unanswered
        }
    }
}
