import PlanCore
import PlanSync

/// Compares both stores in both directions.
struct VerifyStep: StepWork {
    let options: VerifyOptions

    func perform(_ index: Int, _ context: RunContext) async throws {
        switch options.mode {
        case .count: try await count(index, context)
        case .full: try await full(index, context)
        case .sample: try await sample(index, context)
        case .recall: try await recall(context)
        }
    }

    private func count(_ index: Int, _ context: RunContext) async throws {
        let source = try await context.environment.source.count()
        let target = try await context.environment.target.count()
        var tally = VerifyTally()
        tally.compared = Int64(source)
        tally.missing = Int64(max(0, source - target))
        tally.extra = Int64(max(0, target - source))
        try await publish(tally, index, context)
    }

    private func full(_ index: Int, _ context: RunContext) async throws {
        let attempt = await context.journal.record.steps[index].attempts
        let task = "verify:\(context.plan.steps[index].name):\(attempt)"
        let rate = RateLimit(perSecond: options.maxRate, time: context.time)
        let verifier = Verifier(
            session: context.session, task: task, repairs: options.repair,
            batchSize: options.batchSize, rate: rate)
        let total = try await context.environment.source.count()
        try await context.setNote(index, "total", String(total))
        try await context.setNote(index, "task", task)
        try await verifier.prepare(ranges: max(16, options.workers * 4))
        try await context.setPace(index, from: try await verifier.progress()["compared"])
        let mode = options.repair ? "repair" : "look"
        try await context.publishWork("\(task) \(options.batchSize) \(mode)")
        try await WatchedWalk(walk: verifier, context: context).run(workers: options.workers)
        try await context.publishWork(nil)
        try await publish(try await verifier.tally(), index, context)
    }

    /// So many records from all over the source, each compared under an intent.
    private func sample(_ index: Int, _ context: RunContext) async throws {
        let parts = 20
        var tally = VerifyTally()
        let checker = SampleCheck(session: context.session, repairs: options.repair)
        for range in try await context.environment.source.partitions(parts) {
            let page = try await context.environment.source.scan(
                range, limit: max(1, options.sample / parts), .idsOnly)
            tally += try await checker.check(page.map(\.id))
        }
        try await publish(tally, index, context)
    }

    /// The source's own vectors as queries; its exact neighbours as the truth.
    private func recall(_ context: RunContext) async throws {
        let found = try await RecallCheck(
            environment: context.environment, queries: options.queries, k: options.k
        ).run()
        _ = try await context.ledger.write(.durable) { ledger in
            try ledger.setStatus("recall", TallyText.encode(found))
        }
    }

    private func publish(
        _ tally: VerifyTally, _ index: Int, _ context: RunContext
    ) async throws {
        try await context.setNote(
            index, "refused", tally.refused > 0 ? String(tally.refused) : nil)
        try await RefusedFile.write(context)
        _ = try await context.ledger.write(.durable) { ledger in
            try ledger.setStatus("verify", TallyText.encode(tally.counters))
        }
        await context.journal.note(
            "verified", tally.counters.mapValues { .int($0) })
    }
}

/// Named counts on one line of the ledger's status.
enum TallyText {
    static func encode(_ counts: [String: Int64]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
    }

    static func counts(_ text: String) -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for part in text.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { counts[String(pair[0])] = Int64(pair[1]) }
        }
        return counts
    }

    static func decode(_ text: String) -> VerifyTally? { VerifyTally(counts(text)) }
}
