import JSON
import PlanCore
import PlanSync
import QdrantFormat

/// What an answer of a Qdrant server means to the mirror.
extension QdrantDialect {
    static let kind = "qdrant"

    /// Of several in one request the first decides.
    static func way(
        _ searches: [QdrantSearch], _ description: CollectionDescription
    ) -> Relay.Way {
        var queries: [Query] = []
        for search in searches {
            // The vector of a point is read by its id, from the authority.
            guard case .vector(let vector) = search.seed else { return Relay.Way() }
            queries.append(search.query(vector))
        }
        guard let first = queries.first else { return Relay.Way() }
        let wanted = queries
        let isWhole = searches.map { $0.offset == 0 && $0.threshold == nil }
        return Relay.Way(place: .share(ReadShare.of(first))) { answer in
            let lists = QdrantDialect.hits(answer, wanted, description)
            return zip(wanted, lists).enumerated().compactMap { index, pair in
                guard isWhole[index], let hits = pair.1 else { return nil }
                return .search(pair.0, answer: hits)
            }
        }
    }

    /// The hits of each query; nil where they are none that the mirror can compare.
    private static func hits(
        _ answer: ForwardedAnswer, _ queries: [Query], _ description: CollectionDescription
    ) -> [[Hit]?] {
        guard let root = try? JSONDocument.parse(answer.body).root, let result = root["result"]
        else { return [] }
        let isBatch = result.items.first.map { $0.kind == .array || $0["points"] != nil } ?? false
        let lists = isBatch ? result.items : [result]
        return zip(queries, lists).map { query, list in
            let metric = description.vector(query.using)?.distance ?? .cosine
            let points = (list["points"] ?? list).items
            var hits: [Hit] = []
            for node in points {
                guard let record = QdrantPoint.record(node), let score = node["score"]?.double
                else { return nil }
                hits.append(
                    Hit(
                        record: record,
                        distance: QdrantMetric.distance(score: score, metric)))
            }
            return hits
        }
    }
}
