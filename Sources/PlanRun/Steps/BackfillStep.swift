import PlanCore
import PlanSync

/// Copies what the source already held.
struct BackfillStep: StepWork {
    let options: BackfillOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        if context.rate.perSecond == nil { context.rate.set(perSecond: options.maxRate) }
        let total = try await context.environment.source.count()
        try await context.setNote(index, "total", String(total))
        let copier = Copier(
            session: context.session, batchSize: options.batchSize, rate: context.rate)
        try await copier.prepare(ranges: max(16, options.workers * 4))
        try await context.setPace(index, from: try await copier.progress()[Copier.copied])
        try await SharedRate(ledger: context.ledger).publish(context.rate)
        try await context.publishWork("\(Copier.task) \(options.batchSize) copy")
        try await WatchedWalk(walk: copier, context: context).run(workers: options.workers)
        try await context.publishWork(nil)
        try await settle(context)
        if await context.journal.record.steps[index].attempts > 1 {
            try await retryRefused(context)
        }
        let progress = try await copier.progress()
        try await context.setNote(index, "copied", String(progress[Copier.copied]))
        let refused = try await context.ledger.read { try $0.refusedCount() }
        try await RefusedFile.write(context)
        guard refused <= options.maxRefused else {
            throw StepFailure.stopped(
                "the target refused \(refused) records; the plan allows \(options.maxRefused)",
                hint: "see '\(context.folder)/refused.jsonl' for each and why; mend them, or raise "
                    + "'max_refused'")
        }
    }

    /// What was refused in an earlier attempt may have been mended, or deleted, since.
    private func retryRefused(_ context: RunContext) async throws {
        let since = context.time.unixTime
        let count = try await context.ledger.write(.durable) { ledger in
            let refused = try ledger.refusedKeys(limit: try ledger.refusedCount())
            for key in refused { try ledger.markDirty(key.key, since: since) }
            return refused.count
        }
        if count > 0 { try await settle(context) }
    }

    /// Every key that was marked when the last range closed has since been clean.
    private func settle(_ context: RunContext) async throws {
        let begun = context.time.now
        var isTold = false
        var left = Set(try await context.ledger.read { try $0.dirtyKeys().map(\.key) })
        while !left.isEmpty {
            try await context.time.sleep(for: .milliseconds(50))
            if !isTold, context.time.now - begun > .seconds(2) {
                let text = "waiting for keys that changed meanwhile to be repaired"
                _ = try await context.ledger.write(.relaxed) { try $0.setStatus("waiting", text) }
                isTold = true
            }
            left.formIntersection(try await context.ledger.read { try $0.dirtyKeys().map(\.key) })
        }
        if isTold { try await context.clearWaiting() }
    }
}
