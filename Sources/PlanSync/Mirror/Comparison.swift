import Glibc
import PlanCore

/// Tie-tolerant overlap of two answers. Exact equality of top-k between two approximate indexes
/// never holds: a hit of the target's counts where its true distance, computed here from the
/// source's vector, is no more than the source's k-th + ε.
package struct Comparison: Sendable {
    let environment: SyncEnvironment
    let k: Int

    /// Share of the source's first k that the target matched or bettered; 1 where the source has
    /// nothing.
    package func overlap(_ query: Query, source: [Hit], target: [Hit]) async throws -> Double {
        let wanted = source.prefix(k)
        guard let last = wanted.last else { return target.isEmpty ? 1 : 0 }
        let known = Set(wanted.map(\.record.id))
        let answered = target.prefix(k)
        var hits = answered.count { known.contains($0.record.id) }
        let others = answered.map(\.record.id).filter { !known.contains($0) }
        if !others.isEmpty {
            let limit = last.distance + 1e-5 * max(1, abs(last.distance))
            let metric = try await metric(query.using)
            for record in try await environment.source.get(others, .full) {
                guard let vector = record.vectors[query.using]?.dense,
                    let asked = query.vector.dense, vector.count == asked.count
                else { continue }
                if Comparison.distance(metric, asked, vector) <= limit { hits += 1 }
            }
        }
        return Double(min(hits, wanted.count)) / Double(wanted.count)
    }

    private func metric(_ vector: String) async throws -> Distance {
        try await environment.source.describe()?.vector(vector)?.distance ?? .cosine
    }

    package static func distance(_ metric: Distance, _ a: [Float], _ b: [Float]) -> Double {
        var dot = 0.0
        var squareA = 0.0
        var squareB = 0.0
        var apart = 0.0
        var absolute = 0.0
        for (x, y) in zip(a, b) {
            let (x, y) = (Double(x), Double(y))
            dot += x * y
            squareA += x * x
            squareB += y * y
            apart += (x - y) * (x - y)
            absolute += abs(x - y)
        }
        switch metric {
        case .innerProduct: return -dot
        case .l2: return apart.squareRoot()
        case .manhattan: return absolute
        case .cosine:
            let norms = (squareA * squareB).squareRoot()
            return norms > 0 ? 1 - dot / norms : 1
        }
    }
}
