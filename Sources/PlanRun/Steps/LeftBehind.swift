import PlanCore
import PlanSync

/// What a source that follows has refused since the cutover: the target alone holds it, and going
/// back would lose it.
///
/// Not so what the target refused before: that is the source's own, and stays as it is there.
struct LeftBehind: Sendable {
    let context: RunContext
    let step: Int

    /// In the step's notes: when a rollback was stopped for it, in Unix seconds.
    static let note = "refused_since"

    /// Has each such record tried once more. How many keys may stay refused when authority goes back:
    /// those that the target does not hold; any number where a person has said so since.
    func allowed() async throws -> Int {
        let refused = try await context.ledger.read { ledger in
            try ledger.refusedKeys(limit: try ledger.refusedCount())
        }
        if await isApproved() { return .max }
        if refused.isEmpty { return 0 }
        let held = try await held(of: refused.filter { $0.side == .source }.map(\.key))
        let since = context.time.unixTime
        _ = try await context.ledger.write(.durable) { ledger in
            for key in held { try ledger.markDirty(key, since: since) }
        }
        if !held.isEmpty { try await context.settle() }
        return refused.count - held.count
    }

    /// The source leads again, and the target is to follow it in what was left behind, too.
    func follow() async throws {
        let since = context.time.unixTime
        _ = try await context.ledger.write(.durable) { ledger in
            for refused in try ledger.refusedKeys(limit: try ledger.refusedCount()) {
                if refused.side == .source { try ledger.forgetRefusal(refused.key) }
                try ledger.markDirty(refused.key, since: since)
            }
        }
    }

    /// The target leads: what it holds was acknowledged.
    private func held(of keys: [RecordID]) async throws -> [RecordID] {
        let environment = context.session.environment
        var held: [RecordID] = []
        var rest = keys[...]
        while !rest.isEmpty {
            let page = rest.prefix(500)
            rest = rest.dropFirst(500)
            let ids = page.compactMap { environment.mapping.id(of: $0, on: .target) }
            let found = Set(try await environment.target.get(ids, .idsOnly).map(\.id))
            held += page.filter { key in
                environment.mapping.id(of: key, on: .target).map(found.contains) ?? false
            }
        }
        return held
    }

    private func isApproved() async -> Bool {
        let record = await context.journal.record
        guard let since = record.steps[step].notes[LeftBehind.note].flatMap({ Double($0) }) else {
            return false
        }
        return record.approvals.contains { approval in
            approval.step == record.steps[step].name && approval.digest == context.digest
                && approval.time >= since
        }
    }

    /// Writes down which they are, and stops the rollback.
    func stop(_ count: Int, allowed: Int) async throws -> StepFailure {
        try await RefusedFile.write(context)
        try await context.setNote(step, LeftBehind.note, String(context.time.unixTime))
        let (file, name) = (context.plan.file, context.plan.steps[step].name)
        return .stopped(
            "the source refuses \(count - allowed) records that were written since the cutover, and "
                + "going back would lose them",
            hint: "see '\(context.folder)/refused.jsonl' for each and why; mend the source, then "
                + "'plan rollback \(file)'; or leave them behind: 'plan approve \(file) \(name)', then "
                + "roll back")
    }
}
