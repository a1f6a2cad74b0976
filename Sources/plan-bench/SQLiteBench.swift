import Glibc
import PlanCore
import PlanStores

/// Rows a second through the sqlite store, into a fresh file: 384 entries and a small payload each.
struct SQLiteBench {
    let path: String
    let rows: Int
    private let dimension = 384
    private let batch = 1_000

    func run() async throws -> [(String, Double)] {
        guard access(path, F_OK) != 0 else {
            throw StoreError(
                store: "sqlite", operation: "bench", kind: .alreadyExists,
                message: "'\(path)' exists; name a new file", isDefinite: true)
        }
        let store = SQLiteStore(
            configuration: SQLiteStoreConfiguration(path: path, table: "bench"))
        try await store.create(
            CollectionDescription(
                name: "bench", idKind: .int,
                vectors: [VectorSpec(dimension: dimension, distance: .cosine)]))
        var rates: [(String, Double)] = []
        for round in 1...2 {
            let batches = stride(from: 0, to: rows, by: batch).map { self.batch(at: $0, round) }
            let seconds = try await time {
                for records in batches { try await store.upsert(records) }
            }
            rates.append((round == 1 ? "insert" : "replace", Double(rows) / seconds))
        }
        let scan = try await time {
            var cursor: RecordID?
            while let last = try await store.scan(.all, after: cursor, limit: batch).last {
                cursor = last.id
            }
        }
        rates.append(("scan", Double(rows) / scan))
        let filter = Filter.equal(field: "kind", "k7")
        for (name, condition) in [("search", nil), ("search_filtered", filter)] {
            let queries = 40
            let seconds = try await time {
                for query in 0..<queries {
                    _ = try await store.search(
                        Query(
                            vector: .dense(vector(query, 3)), filter: condition, k: 10,
                            includePayload: false))
                }
            }
            rates.append((name, Double(queries) / seconds))
        }
        await store.close()
        return rates
    }

    private func time(_ body: () async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        return try await clock.measure(body) / .seconds(1)
    }

    private func batch(at start: Int, _ round: Int) -> [Record] {
        (start..<min(start + batch, rows)).map { id in
            Record(
                id: .int(Int64(id)), vector: vector(id, round),
                payload: ["title": .string("row \(id)"), "kind": .string("k\(id % 20)")])
        }
    }

    private func vector(_ id: Int, _ round: Int) -> [Float] {
        (0..<dimension).map { Float((id &* 31 &+ $0 &* 17 &+ round &* 7) % 1_009) / 1_009 - 0.5 }
    }
}
