import JSON
import PlanCore

extension MilvusStore {
    /// Ids that one search may be confined to.
    private static let idsMax = 10_000

    package func search(_ query: Query) async throws -> [Hit] {
        guard query.k > 0 else { return [] }
        return try await run("search") { shape in
            try self.check(query, shape)
            let rendered = MilvusFilter(query.filter, shape)
            var expression = rendered.text
            if !rendered.isExact {
                let ids = try await self.matching(query.filter, "search", shape)
                if ids.isEmpty { return [] }
                guard ids.count <= MilvusStore.idsMax else {
                    throw self.server.error(
                        .unsupported,
                        "milvus cannot test this filter itself, and \(ids.count) records satisfy "
                            + "it; at most \(MilvusStore.idsMax) can be searched by id. Narrow it "
                            + "by fields that hold single values", "search")
                }
                expression = shape.among(ids)
            }
            return try await self.settled(query, expression, shape)
        }
    }

    /// Beside writes, a search of Milvus now and then finds versions of a record that were replaced,
    /// or of one that was deleted, in place of its neighbours: once they are put aside, few or none
    /// are left (2.3.5: 1 of 300 to 1 of 10,000 searches near what is being rewritten; asked again,
    /// each was whole). So what comes short is asked for once more. A filter may leave few indeed:
    /// there only an answer with nothing is.
    private func settled(
        _ query: Query, _ expression: String?, _ shape: MilvusShape
    ) async throws -> [Hit] {
        let hits = try await nearest(query, expression, shape)
        let isShort =
            query.filter == nil
            ? hits.count < min(query.k, MilvusStore.pageMax) : hits.isEmpty
        guard isShort else { return hits }
        let again = try await nearest(query, expression, shape)
        return again.count > hits.count ? again : hits
    }

    private func check(_ query: Query, _ shape: MilvusShape) throws {
        guard query.using == Record.defaultVector else {
            throw server.error(.refused, "the collection has no vector '\(query.using)'", "search")
        }
        let dimension = shape.description.vectors[0].dimension
        guard let wanted = query.vector.dense, query.vector.isFinite, wanted.count == dimension
        else {
            throw server.error(
                .refused,
                "the query has \(query.vector.count) entries where \(dimension) finite ones belong",
                "search")
        }
    }

    private func nearest(
        _ query: Query, _ expression: String?, _ shape: MilvusShape
    ) async throws -> [Hit] {
        let vector = query.vector.dense ?? []
        var parameters: JSONObject = [:]
        for (name, value) in configuration.search { parameters[name] = .int(Int64(value)) }
        let data = try await read("search", ("search", "entities/search")) { version, writer in
            if version == .one {
                writer.key("vector")
                writer.write(vector)
                if !parameters.isEmpty {
                    writer.key("params")
                    writer.write(.object(parameters))
                }
            } else {
                writer.key("data")
                writer.array { $0.write(vector) }
                writer.key("annsField")
                writer.write(shape.vector)
                if !parameters.isEmpty {
                    writer.key("searchParams")
                    writer.write(.object(["params": .object(parameters)]))
                }
            }
            writer.key("limit")
            writer.write(min(query.k, MilvusStore.pageMax))
            if let expression {
                writer.key("filter")
                writer.write(expression)
            }
            writer.key("outputFields")
            writer.array { $0.write(shape.id) }
        }
        // A hit's key is `id`, whatever the schema calls it.
        let found = try (data?.items ?? []).map { row -> (RecordID, Double) in
            guard let id = shape.recordID(row[shape.id] ?? row["id"]),
                let distance = row["distance"]?.double
            else {
                throw server.channel.failure.foreign(
                    "a hit without an id or a distance", "search", mayBeApplied: false)
            }
            return (id, shape.distance(distance))
        }
        return try await records(found, query, shape)
    }

    /// What the hits hold, by their ids: a payload's own `distance` would hide the search's.
    private func records(
        _ found: [(id: RecordID, distance: Double)], _ query: Query, _ shape: MilvusShape
    ) async throws -> [Hit] {
        guard query.includePayload || query.includeVectors else {
            return found.map { Hit(record: Record(id: $0.id, vectors: [:]), distance: $0.distance) }
        }
        let projection: Projection = query.includeVectors ? .full : .withoutVectors
        let held = Dictionary(
            try await fetch(found.map(\.id), projection, "search", shape).map { ($0.id, $0) },
            uniquingKeysWith: { $1 })
        return found.compactMap { id, distance in
            guard var record = held[id] else { return nil }
            if !query.includePayload { record.payload = [:] }
            return Hit(record: record, distance: distance)
        }
    }
}
