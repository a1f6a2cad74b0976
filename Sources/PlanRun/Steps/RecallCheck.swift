import PlanCore
import PlanSync

/// Tie-tolerant recall@k of the target: a hit is one no farther than the source's k-th, so that a
/// better target is not punished.
struct RecallCheck: Sendable {
    let environment: SyncEnvironment
    let queries: Int
    let k: Int

    /// `queries`, and how often each recall was seen, as `SampleCounts` names it.
    func run() async throws -> [String: Int64] {
        var recalls: [Double] = []
        let ranges = try await environment.source.partitions(min(20, queries))
        for range in ranges {
            let wanted = (queries + ranges.count - 1) / ranges.count
            for record in try await environment.source.scan(range, limit: wanted) {
                guard recalls.count < queries else { break }
                for (name, vector) in record.vectors.sorted(by: { $0.key < $1.key }) {
                    let query = Query(vector: vector, using: name, k: k, includePayload: false)
                    if let recall = try await recall(query) { recalls.append(recall) }
                }
            }
        }
        guard !recalls.isEmpty else { return ["queries": 0] }
        var counts = ["queries": Int64(recalls.count)]
        for recall in recalls { counts[SampleCounts.name(of: recall), default: 0] += 1 }
        return counts
    }

    private func recall(_ query: Query) async throws -> Double? {
        let truth = try await environment.source.search(query)
        guard let farthest = truth.last?.distance else { return nil }
        let translated = environment.mapping.query(query, for: .target)
        let answer = try await environment.target.search(translated)
        let tolerance = 1e-5 * max(1, abs(farthest))
        let hits = answer.count { $0.distance <= farthest + tolerance }
        return Double(min(hits, truth.count)) / Double(truth.count)
    }
}
