import HTTPServer
import JSON
import PlanCore
import PlanSync
import QdrantFormat

extension QdrantDialect {
    func read(
        _ operation: QdrantOperation, _ rest: [String], _ reader: QdrantReader,
        _ description: CollectionDescription, _ call: Call
    ) async throws -> HTTPResponse {
        switch operation {
        case .info:
            let reading = try await relay.read(
                call.request, .count, parse: {})
            if case .answered(let response) = reading { return response }
            return try await info(description, call)
        case .exists: return reply(call) { $0.write(["exists": true]) }
        case .get:
            return try await point(try reader.id(path: rest[1]), call)
        case .retrieve:
            let reading = try await relay.read(
                call.request, .get,
                parse: { () throws(GatewayError) in
                    try reader.wanted(RequestBody(call.request))
                }, way: { Relay.Way.keys($0.0) })
            switch reading {
            case .answered(let response): return response
            case .parsed(let wanted): return try await retrieve(wanted, call)
            }
        case .scroll:
            let reading = try await relay.read(
                call.request, .scan,
                parse: { () throws(GatewayError) in try reader.page(RequestBody(call.request)) })
            switch reading {
            case .answered(let response): return response
            case .parsed(let page): return try await scroll(page, call)
            }
        case .count:
            let reading = try await relay.read(
                call.request, .count,
                parse: { () throws(GatewayError) in
                    try reader.counted(RequestBody(call.request))
                })
            switch reading {
            case .answered(let response): return response
            case .parsed(let filter): return try await count(filter, call)
            }
        default: return try await relay.untranslated(call.request, rest)
        }
    }

    private func count(_ filter: Filter?, _ call: Call) async throws -> HTTPResponse {
        let count = try await service.count(matching: filter)
        return reply(call) { $0.write(["count": .int(Int64(count))]) }
    }

    func search(
        _ operation: QdrantOperation, _ reader: QdrantReader,
        _ description: CollectionDescription, _ call: Call
    ) async throws -> HTTPResponse {
        let most = kLimit()
        let isBatch = operation == .searchBatch || operation == .queryBatch
        let isQuery = operation == .query || operation == .queryBatch
        let one: (RequestBody) throws(GatewayError) -> QdrantSearch = { item in
            isQuery ? try reader.query(item, kLimit: most) : try reader.search(item, kLimit: most)
        }
        let reading = try await relay.read(
            call.request, .search,
            parse: { () throws(GatewayError) in
                let body = try RequestBody(call.request)
                return isBatch ? try reader.searches(body, one) : [try one(body)]
            }, way: { QdrantDialect.way($0, description) })
        guard case .parsed(let searches) = reading else {
            if case .answered(let response) = reading { return response }
            throw GatewayError.untranslatable(operation.rawValue)
        }
        var answers: [(parts: QdrantParts, found: [QdrantSearch.Scored])] = []
        for search in searches {
            answers.append((search.parts, try await answer(search, description)))
        }
        return reply(call) { [answers] writer in
            func write(_ index: Int, _ writer: inout JSONWriter) {
                let (parts, found) = answers[index]
                if isQuery {
                    writer.write(points: found, parts)
                } else {
                    writer.write(found, parts)
                }
            }
            if isBatch {
                writer.array { writer in for index in answers.indices { write(index, &writer) } }
            } else {
                write(0, &writer)
            }
        }
    }

    private func answer(
        _ search: QdrantSearch, _ description: CollectionDescription
    ) async throws -> [QdrantSearch.Scored] {
        // Of no vector's: a collection may have none without a name.
        if search.seed == .nothing { return try await first(search) }
        guard let spec = description.vector(search.using) else {
            throw GatewayError(
                400, .refused, "Not existing vector name error: \(search.using.prefix(100))")
        }
        let query: Query
        switch search.seed {
        case .nothing: return []
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

    private func point(_ id: RecordID, _ call: Call) async throws -> HTTPResponse {
        let reading = try await relay.read(
            call.request, .get, parse: {}, way: { Relay.Way.keys([id]) })
        if case .answered(let response) = reading { return response }
        guard let record = try await service.get([id], .full).first else {
            throw GatewayError(404, .notFound, "Point with id \(id.text) does not exists!")
        }
        return reply(call) { $0.write(record, QdrantParts(payload: .all, vectors: .all)) }
    }

    private func retrieve(
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
    private func scroll(_ page: QdrantReader.Page, _ call: Call) async throws -> HTTPResponse {
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
