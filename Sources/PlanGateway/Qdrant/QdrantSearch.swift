import PlanCore

/// A similarity search as Qdrant's clients ask for it.
struct QdrantSearch: Hashable, Sendable {
    enum Seed: Hashable, Sendable {
        case vector(Vector)
        /// Like the point of this id, which is left out of the answer.
        case point(RecordID)
        /// No query at all: points in the order of their ids.
        case nothing
    }

    var seed: Seed
    var using: String
    var filter: Filter?
    var limit: Int
    var offset: Int
    var threshold: Double?
    var parts: QdrantParts

    func query(_ vector: Vector, besides id: RecordID? = nil) -> Query {
        var filter = filter
        if let id {
            let others = Filter.not(.hasID([id]))
            filter = filter.map { .and([$0, others]) } ?? others
        }
        return Query(
            vector: vector, using: using, filter: filter, k: limit + offset,
            includePayload: parts.payload != .none, includeVectors: parts.vectors != .none)
    }

    /// Those of the hits that were asked for, with their scores; best first.
    func chosen(_ hits: [Hit], _ score: (Double) -> Float, isLargerBetter: Bool) -> [Scored] {
        var scored = hits.map { Scored(record: $0.record, score: score($0.distance)) }
        if let threshold = threshold.map({ Float($0) }) {
            scored = scored.filter {
                isLargerBetter ? $0.score >= threshold : $0.score <= threshold
            }
        }
        return Array(scored.dropFirst(offset).prefix(limit))
    }

    struct Scored: Hashable, Sendable {
        var record: Record
        var score: Float
    }
}
