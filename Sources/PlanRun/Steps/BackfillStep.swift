import PlanCore
import PlanSync

/// Copies what the source already held.
struct BackfillStep: StepWork {
    /// So many refused records are named before a walk ends early.
    private static let namedAtLeast = 1_000

    let options: BackfillOptions

    /// Once the target refuses more there is no use in reading on.
    private var mostRefused: Int { max(options.maxRefused, Self.namedAtLeast - 1) }

    func perform(_ index: Int, _ context: RunContext) async throws {
        if context.rate.perSecond == nil { context.rate.set(perSecond: options.maxRate) }
        let total = try await context.environment.source.count()
        try await context.setNote(index, "total", String(total))
        let copier = makeCopier(context)
        try await copier.prepare(ranges: max(16, options.workers * 4))
        let before = try await copier.progress()
        try await context.setPace(index, from: before[Copier.copied])
        try await SharedRate(ledger: context.ledger).publish(context.rate)
        // What ended an earlier attempt would end this one at once.
        let wasStopped = before[Copier.refused] > Int64(mostRefused)
        if wasStopped { try await retryRefused(context) }
        try await context.publishWork("\(Copier.task) \(options.batchSize) copy \(mostRefused)")
        let isWhole = try await walk(index, context, isRetried: wasStopped)
        try await context.publishWork(nil)
        if isWhole {
            try await context.settle()
            if !wasStopped, await isRepeated(index, context) { try await retryRefused(context) }
        }
        let progress = try await copier.progress()
        try await context.setNote(index, "copied", String(progress[Copier.copied]))
        let refused = try await context.ledger.read { try $0.refusedCount() }
        try await RefusedFile.write(context)
        guard isWhole, refused <= options.maxRefused else {
            let read = progress[Copier.copied] + progress[Copier.refused]
            let early = isWhole ? "" : "; stopped early, with \(read) of \(total) read"
            throw StepFailure.stopped(
                "the target refused \(refused) records; the plan allows \(options.maxRefused)"
                    + early,
                hint: "see '\(context.folder)/refused.jsonl' for each and why; mend them, or raise "
                    + "'max_refused'")
        }
    }

    private func makeCopier(_ context: RunContext) -> Copier {
        Copier(
            session: context.session, batchSize: options.batchSize, rate: context.rate,
            mostRefused: mostRefused)
    }

    private func isRepeated(_ index: Int, _ context: RunContext) async -> Bool {
        await context.journal.record.steps[index].attempts > 1
    }

    /// False where it ended early: the target refuses more than the plan allows.
    private func walk(_ index: Int, _ context: RunContext, isRetried: Bool) async throws -> Bool {
        var isRetried = isRetried
        while true {
            let copier = makeCopier(context)
            try await WatchedWalk(walk: copier, context: context).run(workers: options.workers)
            guard copier.isStopped else { return true }
            if try await copier.progress().isComplete { return true }
            if !isRetried, await isRepeated(index, context) {
                try await retryRefused(context)
                isRetried = true
            }
            let refused = try await context.ledger.read { try $0.refusedCount() }
            if refused > options.maxRefused { return false }
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
        if count > 0 { try await context.settle() }
    }
}
