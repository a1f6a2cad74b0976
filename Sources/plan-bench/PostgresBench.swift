import PlanCore
import PlanStores
import Postgres

/// Rows per second into and out of pgvector, one client. Records are made before the clock runs.
struct PostgresBench {
    let url: String
    let rows: Int
    let dimension = 384

    static func records(_ rows: Int, _ dimension: Int) -> [Record] {
        (0..<rows).map { row in
            var seed = UInt64(row) &* 0x9E37_79B9_7F4A_7C15 | 1
            let vector = (0..<dimension).map { _ in
                seed ^= seed << 13
                seed ^= seed >> 7
                seed ^= seed << 17
                return Float(seed >> 40) / Float(1 << 24) - 0.5
            }
            return Record(
                id: .int(Int64(row)), vector: vector,
                payload: [
                    "title": .string("package \(row)"), "section": .string("s\(row % 40)"),
                    "size": .int(Int64(row * 17)),
                    "text": .string(String(repeating: "lorem ", count: 20)),
                ])
        }
    }

    /// Name → rows a second.
    func run() async throws -> [(String, Double)] {
        var configuration = PostgresStoreConfiguration(
            connection: Secret(url), table: "plan_bench")
        configuration.deadline = .seconds(60)
        let store = PostgresStore(configuration: configuration)
        let records = PostgresBench.records(rows, dimension)
        var results: [(String, Double)] = []
        for batch in [1, 500, 4_000] {
            for way in ["arrays", "copy"] {
                try await store.drop()
                try await store.create(
                    CollectionDescription(
                        name: "plan_bench", idKind: .int,
                        vectors: [VectorSpec(dimension: dimension, distance: .cosine)]))
                let used = batch == 1 ? Array(records.prefix(1_000)) : records
                for pass in ["insert", "replace"] {
                    let rate = try await measure(used.count) {
                        for start in stride(from: 0, to: used.count, by: batch) {
                            let part = Array(used[start..<min(start + batch, used.count)])
                            try await store.upsert(part, byCopy: way == "copy")
                        }
                    }
                    results.append(("\(way) \(batch) \(pass)", rate))
                }
            }
        }
        for page in [500, 2_000] {
            for projection in [Projection.full, .withoutVectors, .idsOnly] {
                results.append(
                    ("scan \(page) \(projection)", try await scan(store, page, projection)))
            }
        }
        results.append(("COPY out, decoded", try await copyOut()))
        let index = IndexSpec(kind: "hnsw")
        let rate = try await measure(rows) { try await store.createIndex(index) }
        results.append(("hnsw build", rate))
        let clients = 4
        for tasks in [1, clients] {
            let rate = try await measure(2_000 * tasks) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<tasks {
                        group.addTask {
                            for turn in 0..<2_000 {
                                let record = records[(turn * 7 + task) % records.count]
                                guard let vector = record.vectors[Record.defaultVector] else {
                                    continue
                                }
                                _ = try await store.search(Query(vector: vector, k: 10))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            results.append(("hnsw search by \(tasks)", rate))
        }
        await store.close()
        return results
    }

    private func scan(
        _ store: PostgresStore, _ page: Int, _ projection: Projection
    ) async throws -> Double {
        try await measure(rows) {
            var cursor: RecordID?
            while true {
                let found = try await store.scan(
                    .all, after: cursor, limit: page, matching: nil, projection)
                guard let last = found.last else { return }
                cursor = last.id
            }
        }
    }

    /// The same rows through COPY, which has no pages.
    private func copyOut() async throws -> Double {
        let connection = try PostgresConnection(
            PostgresConnection.Options(connection: url, applicationName: "plan-bench"),
            interrupt: PostgresInterrupt())
        return try await measure(rows) {
            var bytes = 0
            try connection.copyOut("COPY plan_bench TO STDOUT (FORMAT binary)") { row in
                guard let vector = row[2] else { return }
                var reader = PostgresReader(vector)
                guard let count = reader.take(Int16.self), reader.take(Int16.self) != nil,
                    let floats = reader.take(floats: Int(count))
                else { return }
                bytes += floats.count + (row[1]?.count ?? 0)
            }
            precondition(bytes >= rows * dimension, "rows were lost")
        }
    }

    private func measure(_ rows: Int, _ body: () async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try await body()
        return (Double(rows) / (clock.now - start).seconds).rounded()
    }
}
