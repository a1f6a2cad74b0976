import PlanCore
import PlanSync

/// Where the source is let go. Past it nothing goes back.
///
/// Invariant: `run.json` says so before the route does. A run that ends between the two only goes
/// forward: `apply` lets the source go, and a rollback is refused.
struct PointOfNoReturn: Sendable {
    let context: RunContext

    /// When this returns nothing follows any more.
    func pass(_ index: Int) async throws {
        let flips = context.flips()
        let route = try await flips.route()
        // A rollback that was asked for by now can still be obeyed.
        try await RequestInbox(context: context).obey()
        try await context.journal.update { record in
            record.steps[index].notes[RunRecord.noReturn] = "true"
            // From here on `recover` goes by it: who moved authority may have died before it wrote
            // that down.
            record.authority = route.authority
            record.epoch = route.epoch
            record.intendedFlip = nil
        }
        try await flips.endFollowing()
    }

    /// Throws where a rollback to `first` would undo what needs a source that follows.
    func refuseRollback(to first: Int) async throws {
        guard let step = try await passed(from: first) else { return }
        let name = context.plan.steps[step].name
        let isOver = await context.journal.record.machine.next == .finish
        let other = "make a plan in the other direction, from this target to the old source"
        throw Diagnostic(
            "'\(name)' is past: the source no longer follows, and going back would lose writes",
            hint: isOver
                ? other : "finish this run with 'plan apply \(context.plan.file)', then \(other)")
    }

    /// The step that is past, of those from `first` on. One that failed and is to be tried again
    /// waits, and has been there all the same.
    private func passed(from first: Int) async throws -> Int? {
        let record = await context.journal.record
        let noted = record.steps.indices.first { index in
            index >= first && record.steps[index].notes[RunRecord.noReturn] != nil
        }
        if let noted { return noted }
        // An older build let the source go first, and may have died before it noted that.
        let steps = context.plan.steps
        let last =
            steps.firstIndex { [.detach, .decommission].contains($0.kind.word) } ?? steps.count - 1
        guard first <= last else { return nil }
        let route = try await route()
        return route.authority == .target && route.follower == nil ? last : nil
    }

    /// A ledger that does not answer for a while is asked again: what failed is to be undone.
    private func route() async throws -> Route {
        while true {
            do {
                return try await context.ledger.read { try $0.route() }
            } catch let error as LedgerError where error.passes {
                try await context.time.sleep(for: .milliseconds(500))
            }
        }
    }
}
