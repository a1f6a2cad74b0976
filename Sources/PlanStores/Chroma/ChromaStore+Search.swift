import JSON
import PlanCore

extension ChromaStore {
    /// Ids that one search may be confined to: SQLite's limit on values, less a margin.
    private static let idsMax = 30_000

    package func search(_ query: Query) async throws -> [Hit] {
        guard query.k > 0 else { return [] }
        return try await run("search") { shape in
            let wanted = try self.vector(of: query, shape)
            let deadline = self.configuration.http.deadline
            let rendered = ChromaFilter(
                query.filter, documentField: self.configuration.documentField)
            let isListed = !rendered.isExact || rendered.ids != nil
            // Where records of the filter are deleted since they were listed, they are listed again.
            return try await self.whole("search", within: isListed ? self.patience : deadline) {
                let ids = isListed ? try await self.confined(query, shape) : nil
                if rendered.condition == .nothing || ids?.isEmpty == true { return [] }
                return try await self.nearest(
                    wanted, query, isListed ? .everything : rendered.condition, ids,
                    within: min($0, deadline), shape)
            }
        }
    }

    private func vector(of query: Query, _ shape: ChromaShape) throws -> [Float] {
        guard let spec = shape.description.vector(query.using) else {
            throw server.error(.refused, "the collection has no vector '\(query.using)'", "search")
        }
        guard let wanted = query.vector.dense, query.vector.isFinite,
            wanted.count == spec.dimension || spec.dimension == 0
        else {
            throw server.error(
                .refused,
                "the query has \(query.vector.count) entries where \(spec.dimension) finite ones "
                    + "belong", "search")
        }
        return wanted
    }

    private func confined(_ query: Query, _ shape: ChromaShape) async throws -> [String] {
        let ids = try await matching(query.filter, "search", shape).map(\.text)
        guard ids.count <= ChromaStore.idsMax else {
            throw server.error(
                .unsupported,
                "chroma cannot test this filter itself, and \(ids.count) records satisfy it; at "
                    + "most \(ChromaStore.idsMax) can be searched by id. Narrow it by fields "
                    + "that hold single values", "search")
        }
        return ids
    }

    private func nearest(
        _ wanted: [Float], _ query: Query, _ condition: ChromaFilter.Condition, _ ids: [String]?,
        within limit: Duration, _ shape: ChromaShape
    ) async throws -> [Hit] {
        let parts = Parts(vectors: query.includeVectors, payload: query.includePayload)
        let root = try await server.call(
            "search", "POST", path(shape, "query"), limit: limit
        ) { writer in
            writer.object { writer in
                writer.key("query_embeddings")
                writer.array { $0.write(wanted) }
                writer.key("n_results")
                writer.write(query.k)
                if let text = condition.text {
                    writer.key("where")
                    writer.write(text)
                }
                if let ids {
                    writer.key("ids")
                    writer.array { for id in ids { $0.write(id) } }
                }
                writer.key("include")
                writer.array { for name in ["distances"] + parts.names { $0.write(name) } }
            }
        }.root
        func first(_ name: String) -> JSONNode? { root[name]?.items.first }
        let found = try records(
            (first("ids"), first("embeddings"), first("metadatas"), first("documents")), parts,
            "search", shape)
        let distances = first("distances")?.floats ?? []
        guard distances.count == found.count else {
            throw server.channel.failure.foreign(
                "hits without distances", "search", mayBeApplied: false)
        }
        return zip(found, distances).map { record, distance in
            Hit(record: record, distance: shape.distance(Double(distance)))
        }
    }
}
