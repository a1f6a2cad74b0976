import PlanCore
import PlanStores
import PlanSync

/// A backfill as `plan apply` runs it, beside psql's own COPY from one table to another, and beside
/// a loop that writes one record at a time. Neither target has an index but its key's.
struct BackfillBench {
    static let batch = BackfillOptions().batchSize
    /// What `batch_size` may be raised to where records are small: a commit and a sync for four times
    /// as many.
    static let largeBatch = 2_000

    let lab: Lab

    func run() async throws -> [Figure] {
        let embedded = lab.sqlite("backfill.db")
        let source = lab.postgres("bench_source")
        let target = lab.postgres("bench_target")
        try await lab.recreate(embedded)
        try await lab.recreate(source)
        try await lab.fill(embedded, lab.size.records)
        try await lab.fill(source, lab.size.records)
        try await lab.psql("VACUUM ANALYZE bench_source")
        var rounds = Rounds()
        rounds.add("psql") {
            try await ready(target)
            return try await Measured.run(lab.size.records) { try await pipe() }
        }
        for workers in [2, 4] {
            rounds.add("sqlite \(workers)") {
                try await measure(embedded, target, workers)
            }
            rounds.add("pgvector \(workers)") {
                try await measure(source, target, workers)
            }
        }
        rounds.add("large pages") {
            try await measure(source, target, 4, batch: BackfillBench.largeBatch)
        }
        rounds.add("loop") {
            try await ready(target)
            let records = (0..<min(3_000, lab.size.records)).map { Lab.record($0) }
            return try await Measured.run(records.count) {
                for record in records { try await target.upsert([record]) }
            }
        }
        let samples = try await rounds.run(lab.size.repetitions)
        for store in [embedded, source, target] as [any VectorStore] {
            try await store.drop()
            await store.close()
        }
        return figures(samples)
    }

    private func ready(_ target: any VectorStore) async throws {
        try await lab.recreate(target)
        try await lab.psql("CHECKPOINT")
    }

    private func pipe() async throws {
        let format = "with (format binary)"
        let out = "\\copy (select * from bench_source) to stdout \(format)"
        let back = "\\copy bench_target from stdin \(format)"
        try await lab.shell.run(
            "\(lab.psqlCommand) -c \(Shell.quoted(out)) "
                + "| \(lab.psqlCommand) -c \(Shell.quoted(back))")
    }

    private func measure(
        _ source: any VectorStore, _ target: any VectorStore, _ workers: Int,
        batch: Int = BackfillBench.batch
    ) async throws -> Measured {
        try await ready(target)
        var measured = Measured(perSecond: 0)
        try await lab.session(from: source, to: target) { session in
            measured = try await Measured.run(lab.size.records) {
                let copier = Copier(
                    session: session, batchSize: batch,
                    rate: RateLimit(perSecond: nil, time: lab.time))
                try await copier.prepare(ranges: max(16, workers * 4))
                try await copier.run(workers: workers)
            }
        }
        let held = try await target.count()
        guard held == lab.size.records else {
            throw BenchError("the backfill left \(held) of \(lab.size.records) records")
        }
        return measured
    }

    private func figures(_ samples: [String: [Measured]]) -> [Figure] {
        func figure(
            _ variant: String, _ name: String, _ baseline: String, _ baselineName: String,
            goal: Double, _ bound: String
        ) -> Figure {
            let ours = samples[variant] ?? []
            let theirs = samples[baseline] ?? []
            let ratio = ours.ratio(to: theirs, \.perSecond)
            return Figure(
                group: "backfill", name: name, unit: "records/s",
                value: ours.median(\.perSecond), baseline: theirs.median(\.perSecond),
                baselineName: baselineName, ratio: ratio,
                goal: .init(text: "≥ \(goal)", isMet: ratio.median >= goal),
                cores: ours.median(\.cores), bound: bound)
        }
        let psql = "psql \\copy | psql \\copy"
        var figures: [Figure] = []
        for workers in [2, 4] {
            for source in ["sqlite", "pgvector"] {
                figures.append(
                    figure(
                        "\(source) \(workers)", "\(source) to pgvector, \(workers) workers",
                        "psql", psql, goal: 0.8, Bounds.backfill))
            }
        }
        figures.append(
            figure(
                "large pages",
                "pgvector to pgvector, 4 workers, batch_size \(BackfillBench.largeBatch)",
                "psql", psql, goal: 0.8, Bounds.backfill))
        figures.append(
            figure(
                "sqlite 4", "sqlite to pgvector, 4 workers", "loop",
                "one record at a time", goal: 3, Bounds.loop))
        return figures
    }
}
