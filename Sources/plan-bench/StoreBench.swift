import PlanCore

/// One store through our connector beside its own best client: the same server, the same records,
/// the same run. Both scan, get and search the collection that the connector wrote; the client
/// writes one of its own.
struct StoreBench {
    static let collection = "bench_ours"
    private static let asked = 100

    let subject: BenchSubject
    let folder: String
    let rows: Int
    let rounds: Int
    /// What runs the client's script; the words of a run follow it.
    let client: String
    let psql: String
    private let shell = Shell()

    private enum Variant: String, CaseIterable {
        case write, scan, get, search
        /// By two tasks at once, as a backfill does.
        case writeByTwo, scanByTwo

        var baseline: String {
            switch self {
            case .writeByTwo: Variant.write.rawValue
            case .scanByTwo: Variant.scan.rawValue
            default: rawValue
            }
        }
    }

    func run() async throws -> [Figure] {
        let store = subject.store()
        let records = (0..<rows).map { Lab.record($0) }
        var ours: [Variant: [Measured]] = [:]
        var theirs: [String: [Measured]] = [:]
        for _ in 0..<rounds {
            for variant in [Variant.writeByTwo, .write] {
                try await subject.recreate(store)
                let workers = variant == .writeByTwo ? 2 : 1
                ours[variant, default: []].append(try await write(records, store, workers))
                try await settle(store)
            }
            ours[.scan, default: []].append(try await scan(store, workers: 1))
            ours[.scanByTwo, default: []].append(try await scan(store, workers: 2))
            ours[.get, default: []].append(try await get(store))
            if let index = subject.index { try await store.createIndex(index) }
            ours[.search, default: []].append(try await search(store))
            for (name, rate) in try await clientRates() {
                theirs[name, default: []].append(Measured(perSecond: rate))
            }
        }
        try await store.drop()
        await store.close()
        return Variant.allCases.filter { ours[$0] != nil }
            .map { figure($0, ours[$0] ?? [], theirs[$0.baseline] ?? []) }
    }

    // MARK: ours

    private func write(
        _ records: [Record], _ store: any VectorStore, _ workers: Int
    ) async throws -> Measured {
        let parts = stride(from: 0, to: records.count, by: subject.batch).map {
            Array(records[$0..<min($0 + subject.batch, records.count)])
        }
        return try await Measured.run(records.count) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<workers {
                    group.addTask {
                        for place in stride(from: worker, to: parts.count, by: workers) {
                            try await store.load(parts[place])
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Where reads lag behind writes.
    private func settle(_ store: any VectorStore) async throws {
        for _ in 0..<600 {
            if try await store.count() == rows { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw BenchError("\(try await store.count()) of \(rows) records are there")
    }

    private func scan(_ store: any VectorStore, workers: Int) async throws -> Measured {
        let ranges = workers == 1 ? [KeyRange.all] : try await store.partitions(workers)
        var seen = 0
        let measured = try await Measured.run(rows) {
            seen = try await withThrowingTaskGroup(of: Int.self) { group in
                for range in ranges { group.addTask { try await self.scan(store, range) } }
                return try await group.reduce(0, +)
            }
        }
        guard seen == rows else { throw BenchError("a scan saw \(seen) of \(rows) records") }
        return measured
    }

    /// How many records came, whole: a payload that was kept as text is read, unless the baseline
    /// reads none either.
    private func scan(_ store: any VectorStore, _ range: KeyRange) async throws -> Int {
        var cursor: RecordID?
        var count = 0
        while true {
            let page = try await store.scan(range, after: cursor, limit: 1_000)
            guard let last = page.last else { return count }
            count += subject.decodes ? page.count(where: { !$0.payload.isEmpty }) : page.count
            cursor = last.id
        }
    }

    private func get(_ store: any VectorStore) async throws -> Measured {
        var random = SystemRandomNumberGenerator()
        let turns = (0..<20).map { _ in
            Array((0..<rows).shuffled(using: &random).prefix(StoreBench.asked))
                .map { RecordID.int(Int64($0)) }
        }
        _ = try await store.get(turns[0])
        return try await Measured.run(turns.count * StoreBench.asked) {
            for ids in turns {
                let found = try await store.get(ids)
                guard found.count(where: { !$0.payload.isEmpty }) == ids.count else {
                    throw BenchError("\(found.count) of \(ids.count) records came")
                }
            }
        }
    }

    private func search(_ store: any VectorStore) async throws -> Measured {
        let queries = (0..<100).map { Lab.vector($0, version: 1) }
        _ = try await store.search(Query(vector: .dense(queries[0]), k: 10))
        return try await Measured.run(queries.count) {
            for query in queries {
                let hits = try await store.search(Query(vector: .dense(query), k: 10))
                guard hits.count == 10 else { throw BenchError("\(hits.count) of 10 hits came") }
            }
        }
    }

    // MARK: theirs

    private func clientRates() async throws -> [(String, Double)] {
        let words = [
            subject.kind.rawValue, subject.address, "\(rows)", "\(Lab.dimension)",
            StoreBench.collection, folder, psql,
        ]
        let text = try await shell.run(
            "\(client) \(words.map(Shell.quoted).joined(separator: " "))")
        return try BenchSubject.rates(text)
    }

    private func figure(_ variant: Variant, _ ours: [Measured], _ theirs: [Measured]) -> Figure {
        let name =
            switch variant {
            case .write: "write"
            case .writeByTwo: "write, 2 at once"
            case .scan: "full scan"
            case .scanByTwo: "full scan, 2 at once"
            case .get: "reads by id, \(StoreBench.asked) a call"
            case .search: "search, k 10"
            }
        let ratio = ours.ratio(to: theirs, \.perSecond)
        let goal = subject.goal(variant.baseline)
        return Figure(
            group: subject.title, name: name,
            unit: variant == .search ? "searches/s" : "records/s",
            value: ours.median(\.perSecond), baseline: theirs.median(\.perSecond),
            baselineName: subject.baseline(variant.baseline), ratio: ratio,
            goal: .init(text: "≥ \(goal)", isMet: ratio.median >= goal),
            cores: ours.median(\.cores), bound: subject.bound(variant.baseline))
    }
}
