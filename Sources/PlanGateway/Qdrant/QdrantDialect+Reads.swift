import HTTPServer
import JSON
import PlanCore
import QdrantFormat

extension QdrantDialect {
    func search(
        _ operation: QdrantOperation, _ reader: QdrantReader,
        _ description: CollectionDescription, _ call: Call
    ) async throws -> HTTPResponse {
        let body = try RequestBody(call.request)
        let most = kLimit()
        switch operation {
        case .search:
            let search = try reader.search(body, kLimit: most)
            let found = try await answer(search, description)
            return reply(call) { $0.write(found, search.parts) }
        case .query:
            let search = try reader.query(body, kLimit: most)
            let found = try await answer(search, description)
            return reply(call) { $0.write(points: found, search.parts) }
        default:
            let isQuery = operation == .queryBatch
            let searches = try reader.searches(body) { item throws(GatewayError) in
                isQuery
                    ? try reader.query(item, kLimit: most) : try reader.search(item, kLimit: most)
            }
            var answers: [(parts: QdrantParts, found: [QdrantSearch.Scored])] = []
            for search in searches {
                answers.append((search.parts, try await answer(search, description)))
            }
            return reply(call) { [answers] writer in
                writer.array { writer in
                    for answer in answers {
                        if isQuery {
                            writer.write(points: answer.found, answer.parts)
                        } else {
                            writer.write(answer.found, answer.parts)
                        }
                    }
                }
            }
        }
    }

    private func answer(
        _ search: QdrantSearch, _ description: CollectionDescription
    ) async throws -> [QdrantSearch.Scored] {
        guard let spec = description.vector(search.using) else {
            throw GatewayError(
                400, .refused, "Not existing vector name error: \(search.using.prefix(100))")
        }
        let query: Query
        switch search.seed {
        case .nothing: return try await first(search)
        case .vector(let vector): query = search.query(vector)
        case .point(let id):
            guard let record = try await service.get([id], .full).first else {
                throw QdrantReply.missing(point: id)
            }
            guard let vector = record.vectors[search.using] else {
                throw GatewayError(
                    400, .refused, "the point '\(id.text)' has no vector '\(search.using)'")
            }
            query = search.query(vector, besides: id)
        }
        let hits = try await service.search(query)
        return search.chosen(
            hits, { QdrantMetric.score(distance: $0, spec.distance) },
            isLargerBetter: spec.distance == .cosine || spec.distance == .innerProduct)
    }

    /// Without a query: in the order of the ids, each with the same score.
    private func first(_ search: QdrantSearch) async throws -> [QdrantSearch.Scored] {
        let (records, _) = try await service.scan(
            after: nil, limit: search.limit + search.offset, matching: search.filter,
            search.parts.projection)
        return records.dropFirst(search.offset).map { .init(record: $0, score: 1) }
    }

    func point(_ id: RecordID, _ call: Call) async throws -> HTTPResponse {
        guard let record = try await service.get([id], .full).first else {
            throw QdrantReply.missing(point: id)
        }
        return reply(call) { $0.write(record, QdrantParts(payload: .all, vectors: .all)) }
    }

    func retrieve(
        _ wanted: (ids: [RecordID], parts: QdrantParts), _ call: Call
    ) async throws -> HTTPResponse {
        let (ids, parts) = wanted
        let found = ids.isEmpty ? [] : try await service.get(ids, parts.projection)
        let byID = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        return reply(call) { writer in
            writer.array { writer in
                for record in ids.compactMap({ byID[$0] }) { writer.write(record, parts) }
            }
        }
    }

    /// A page begins with its offset, where a scan goes on after its cursor: that one point is
    /// read by itself. One more than asked for says where the next page begins.
    func scroll(_ page: QdrantReader.Page, _ call: Call) async throws -> HTTPResponse {
        var projection = page.parts.projection
        var records: [Record] = []
        if let offset = page.offset {
            if page.filter != nil, projection == .idsOnly { projection = .withoutVectors }
            records = try await service.get([offset], projection).filter {
                page.filter?.matches($0) ?? true
            }
        }
        records += try await service.scan(
            after: page.offset, limit: page.limit + 1 - records.count, matching: page.filter,
            page.parts.projection
        ).records
        let next = records.count > page.limit ? records[page.limit].id : nil
        return reply(call) { [records] writer in
            writer.object { writer in
                writer.key("points")
                writer.array { writer in
                    for record in records.prefix(page.limit) { writer.write(record, page.parts) }
                }
                writer.key("next_page_offset")
                if let next { writer.write(QdrantPoint.json(next)) } else { writer.writeNull() }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ found: [QdrantSearch.Scored], _ parts: QdrantParts) {
        array { writer in
            for hit in found { writer.write(hit.record, score: hit.score, parts) }
        }
    }

    fileprivate mutating func write(points found: [QdrantSearch.Scored], _ parts: QdrantParts) {
        object { writer in
            writer.key("points")
            writer.write(found, parts)
        }
    }
}
