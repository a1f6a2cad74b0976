import JSON
import PlanCore
import QdrantFormat
import Synchronization

extension QdrantStore {
    package func search(_ query: Query) async throws -> [Hit] {
        try await run("search") { shape in
            try self.check(query, shape)
            if query.k <= 0 { return [] }
            let bounds = QdrantFilter(query.filter)
            guard let filter = query.filter, !bounds.isExact else {
                return try await self.nearest(query, query.k, bounds.upper, shape)
            }
            // Nearest first, so that more are asked for until enough of them match.
            var wide = query
            wide.includePayload = true
            var limit = max(query.k * 2, 64)
            while true {
                let hits = try await self.nearest(wide, limit, bounds.upper, shape)
                var kept = hits.filter { filter.matches($0.record) }
                if kept.count >= query.k || hits.count < limit {
                    kept = Array(kept.prefix(query.k))
                    if !query.includePayload {
                        for place in kept.indices { kept[place].record.payload = [:] }
                    }
                    return kept
                }
                limit *= 4
            }
        }
    }

    private func check(_ query: Query, _ shape: QdrantShape) throws {
        func refuse(_ message: String) -> StoreError {
            api.failure.error(.refused, message, "search")
        }
        guard let spec = shape.description.vector(query.using) else {
            throw refuse("the collection has no vector '\(query.using)'")
        }
        guard query.vector.isFinite else { throw refuse("the vector holds NaN or an infinity") }
        guard (query.vector.dense == nil) == spec.isSparse else {
            throw refuse("the vector '\(query.using)' is \(spec.isSparse ? "sparse" : "dense")")
        }
        if !spec.isSparse, query.vector.count != spec.dimension {
            throw refuse(
                "the vector has \(query.vector.count) entries where \(spec.dimension) belong")
        }
    }

    private func nearest(
        _ query: Query, _ limit: Int, _ condition: QdrantCondition, _ shape: QdrantShape
    ) async throws -> [Hit] {
        let list = try await points(query, limit, condition)
        let metric = shape.description.vector(query.using)?.distance ?? .cosine
        let hits = try list.items.map { node in
            guard let record = QdrantPoint.record(node), let score = node["score"]?.double
            else {
                throw api.failure.foreign(
                    "a hit without id or score", "search", mayBeApplied: false)
            }
            return Hit(record: record, distance: QdrantMetric.distance(score: score, metric))
        }
        return hits.sorted {
            $0.distance != $1.distance ? $0.distance < $1.distance : $0.record.id < $1.record.id
        }
    }

    /// By `/points/query`; a server that does not know it is asked by `/points/search`.
    private func points(
        _ query: Query, _ limit: Int, _ condition: QdrantCondition
    ) async throws -> JSONNode {
        if !lacksQuery.withLock({ $0 }) {
            let body = searchBody(query, limit, condition, isQuery: true)
            let call = HTTPChannel.Call("search", "POST", path("/points/query"), body: body)
            switch try await api.ask(call, mayLackPath: true) {
            case .result(let document):
                let points = document.root["result"]?["points"]
                if let points, points.kind == .array { return points }
                throw api.failure.foreign("no points", "search", mayBeApplied: false)
            case .missing(let said) where said.isEmpty:
                let points = try await oldPoints(query, limit, condition)
                lacksQuery.withLock { $0 = true }
                return points
            case .missing(let said):
                throw api.failure.error(.notFound, said, "search")
            }
        }
        return try await oldPoints(query, limit, condition)
    }

    private func oldPoints(
        _ query: Query, _ limit: Int, _ condition: QdrantCondition
    ) async throws -> JSONNode {
        let body = searchBody(query, limit, condition, isQuery: false)
        let call = HTTPChannel.Call("search", "POST", path("/points/search"), body: body)
        guard let points = try await api.result(call).root["result"], points.kind == .array
        else { throw api.failure.foreign("no points", "search", mayBeApplied: false) }
        return points
    }

    private func searchBody(
        _ query: Query, _ limit: Int, _ condition: QdrantCondition, isQuery: Bool
    ) -> [UInt8] {
        var rest: JSONObject = [
            "limit": .int(Int64(limit)), "with_payload": .bool(query.includePayload),
            "with_vector": .bool(query.includeVectors),
        ]
        rest.hold(condition)
        if let ef = configuration.hnswEf { rest["params"] = ["hnsw_ef": .int(Int64(ef))] }
        if let key = configuration.shardKey { rest["shard_key"] = .string(key) }
        let isNamed = query.using != Record.defaultVector
        var writer = JSONWriter()
        writer.object { writer in
            writer.key(isQuery ? "query" : "vector")
            if isNamed, !isQuery {
                writer.object { writer in
                    writer.key("name")
                    writer.write(query.using)
                    writer.key("vector")
                    QdrantPoint.write(query.vector, to: &writer)
                }
            } else {
                QdrantPoint.write(query.vector, to: &writer)
            }
            if isNamed, isQuery {
                writer.key("using")
                writer.write(query.using)
            }
            for (key, value) in rest.sortedByKey {
                writer.key(key)
                writer.write(value)
            }
        }
        return writer.bytes
    }
}
