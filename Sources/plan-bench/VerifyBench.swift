import PlanCore
import PlanStores
import PlanSync

/// A full verification of two equal stores, beside reading the slower of them once.
struct VerifyBench {
    static let batch = VerifyOptions().batchSize

    let lab: Lab

    func run() async throws -> [Figure] {
        let source = lab.sqlite("verify.db")
        let target = lab.postgres("bench_verify")
        let twin = lab.postgres("bench_verify_twin")
        for store in [source, target, twin] as [any VectorStore] {
            try await lab.recreate(store)
            try await lab.fill(store, lab.size.records)
        }
        try await lab.psql("VACUUM ANALYZE bench_verify")
        try await lab.psql("VACUUM ANALYZE bench_verify_twin")
        var rounds = Rounds()
        rounds.add("scan sqlite") { try await scan(source, readers: 1) }
        rounds.add("scan pgvector") { try await scan(target, readers: 1) }
        rounds.add("scan pgvector 4") { try await scan(target, readers: 4) }
        rounds.add("verify sqlite") { try await verify(source, target) }
        rounds.add("verify pgvector") { try await verify(twin, target) }
        let samples = try await rounds.run(lab.size.repetitions)
        for store in [source, target, twin] as [any VectorStore] {
            try await store.drop()
            await store.close()
        }
        return figures(samples)
    }

    /// Every record whole, in the ids' order, in pages as a verification reads them.
    private func scan(_ store: any VectorStore, readers: Int) async throws -> Measured {
        try await Measured.run(lab.size.records) {
            let ranges = try await store.partitions(readers)
            try await withThrowingDiscardingTaskGroup { group in
                for range in ranges {
                    group.addTask {
                        var cursor: RecordID?
                        while true {
                            let page = try await store.scan(
                                range, after: cursor, limit: VerifyBench.batch)
                            guard let last = page.last else { return }
                            cursor = last.id
                        }
                    }
                }
            }
        }
    }

    private func verify(
        _ source: any VectorStore, _ target: any VectorStore
    ) async throws -> Measured {
        var measured = Measured(perSecond: 0)
        try await lab.session(from: source, to: target) { session in
            var tally = VerifyTally()
            measured = try await Measured.run(lab.size.records) {
                let workers = VerifyOptions().workers
                let verifier = Verifier(
                    session: session, task: "verify", repairs: false,
                    batchSize: VerifyBench.batch,
                    rate: RateLimit(perSecond: nil, time: lab.time))
                try await verifier.prepare(ranges: max(16, workers * 4))
                try await verifier.run(workers: workers)
                tally = try await verifier.tally()
            }
            guard tally.compared == lab.size.records, tally.missing + tally.mismatched == 0 else {
                throw BenchError("the verification found \(tally.counters)")
            }
        }
        return measured
    }

    private func figures(_ samples: [String: [Measured]]) -> [Figure] {
        let embedded = samples["scan sqlite"] ?? []
        let server = samples["scan pgvector"] ?? []
        let isServerSlower = server.median(\.perSecond) <= embedded.median(\.perSecond)
        let slower = isServerSlower ? server : embedded
        let slowerName = "one scan of \(isServerSlower ? "pgvector" : "sqlite")"
        let alike = samples["scan pgvector 4"] ?? []
        func figure(
            _ variant: String, _ name: String, _ baseline: [Measured], _ baselineName: String,
            goal: Double?, _ bound: String
        ) -> Figure {
            let ours = samples[variant] ?? []
            let ratio = ours.ratio(to: baseline, \.perSecond)
            return Figure(
                group: "verify", name: name, unit: "records/s",
                value: ours.median(\.perSecond), baseline: baseline.median(\.perSecond),
                baselineName: baselineName, ratio: ratio,
                goal: goal.map { .init(text: "≥ \($0)", isMet: ratio.median >= $0) },
                cores: ours.median(\.cores), bound: bound)
        }
        return [
            figure(
                "verify sqlite", "sqlite with pgvector", slower, slowerName, goal: 0.5,
                Bounds.verify),
            figure(
                "verify pgvector", "pgvector with pgvector", server, "one scan of pgvector",
                goal: 0.5, Bounds.verify),
            figure(
                "verify sqlite", "sqlite with pgvector", alike, "four scans of pgvector at once",
                goal: nil, Bounds.verifyAlike),
        ]
    }
}
