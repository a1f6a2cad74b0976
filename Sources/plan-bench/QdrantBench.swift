import Glibc
import PlanCore
import PlanStores

/// Rows per second into and out of Qdrant, one client. A rate by CPU counts this process's own
/// time alone: what decoding costs, whatever stands behind the address.
struct QdrantBench {
    let url: String
    let rows: Int
    let dimension = 384

    /// Name → rows a second.
    func run() async throws -> [(String, Double)] {
        var configuration = QdrantStoreConfiguration(url: Secret(url), collection: "plan_bench")
        configuration.http.deadline = .seconds(60)
        let store = QdrantStore(configuration: configuration)
        let records = PostgresBench.records(rows, dimension)
        var results: [(String, Double)] = []
        for batch in [100, 250, 500, 1_000, 2_000] {
            try await store.drop()
            try await store.create(
                CollectionDescription(
                    name: "plan_bench", idKind: .int,
                    vectors: [VectorSpec(dimension: dimension, distance: .l2)]))
            results += try await measure("upsert \(batch)", rows) {
                for start in stride(from: 0, to: rows, by: batch) {
                    try await store.upsert(Array(records[start..<min(start + batch, rows)]))
                }
            }
        }
        for page in [100, 500, 1_000, 2_000] {
            results += try await measure("scan \(page)", rows) {
                var cursor: RecordID?
                var count = 0
                while true {
                    let found = try await store.scan(.all, after: cursor, limit: page)
                    guard let last = found.last else { break }
                    count += found.count
                    cursor = last.id
                }
                precondition(count == rows, "rows were lost")
            }
        }
        results += try await measure("search 10", 500) {
            for turn in 0..<500 {
                guard let vector = records[turn * 7 % rows].vectors[Record.defaultVector] else {
                    continue
                }
                _ = try await store.search(Query(vector: vector, k: 10))
            }
        }
        try await store.drop()
        await store.close()
        return results
    }

    private func measure(
        _ name: String, _ count: Int, _ body: () async throws -> Void
    ) async throws -> [(String, Double)] {
        let clock = ContinuousClock()
        let (start, used) = (clock.now, QdrantBench.cpuSeconds)
        try await body()
        let cpu = QdrantBench.cpuSeconds - used
        return [
            (name, (Double(count) / (clock.now - start).seconds).rounded()),
            ("\(name) by CPU", (Double(count) / max(cpu, 1e-6)).rounded()),
        ]
    }

    private static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
