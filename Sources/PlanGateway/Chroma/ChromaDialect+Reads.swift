import ChromaFormat
import HTTPServer
import JSON
import PlanCore
import PlanSync

extension ChromaDialect {
    private static let pageSize = 1_000

    func count(_ request: HTTPRequest) async throws -> HTTPResponse {
        let reading = try await relay.read(request, .count, parse: {})
        if case .answered(let response) = reading { return response }
        return ChromaReply.json(.int(Int64(try await service.count(matching: nil))))
    }

    func get(_ reader: ChromaReader, _ request: HTTPRequest) async throws -> HTTPResponse {
        let reading = try await relay.read(
            request, .get,
            parse: { () throws(GatewayError) in try reader.get(RequestBody(request)) },
            way: { wanted in
                guard let ids = wanted.ids, wanted.filter == nil, !ids.isEmpty else {
                    return Relay.Way()
                }
                return .keys(ids)
            })
        guard case .parsed(let wanted) = reading else {
            if case .answered(let response) = reading { return response }
            throw GatewayError.untranslatable("get")
        }
        let records = try await records(wanted)
        var writer = JSONWriter()
        writer.writeChroma(
            wanted.parts, columns: [.embeddings, .documents, .uris, .metadatas]
        ) { part, writer in
            writer.array { writer in
                for record in records { writer.writeChroma(part, of: record, reader.metadata) }
            }
        }
        return HTTPResponse(json: writer)
    }

    /// In the order of their ids: no other store knows in which they came.
    private func records(_ wanted: ChromaReader.Get) async throws -> [Record] {
        var projection = wanted.parts.projection
        if let ids = wanted.ids {
            if ids.isEmpty { return [] }
            if wanted.filter != nil, projection == .idsOnly { projection = .withoutVectors }
            let found = try await service.get(ids, projection)
                .filter { wanted.filter?.matches($0) ?? true }
                .sorted { $0.id < $1.id }
                .dropFirst(wanted.offset)
            return Array(found.prefix(wanted.limit ?? found.count))
        }
        var records: [Record] = []
        var toSkip = wanted.offset
        var cursor: RecordID?
        while true {
            let left = (wanted.limit ?? Int.max / 2) - records.count
            if left <= 0 { return records }
            let size = min(left + toSkip, ChromaDialect.pageSize)
            let page = try await service.scan(
                after: cursor, limit: size, matching: wanted.filter, projection)
            records += page.records.dropFirst(toSkip).prefix(left)
            toSkip = max(0, toSkip - page.records.count)
            guard let next = page.next else { return records }
            cursor = next
        }
    }

    func query(_ reader: ChromaReader, _ request: HTTPRequest) async throws -> HTTPResponse {
        let name = reader.vector.name
        let reading = try await relay.read(
            request, .search,
            parse: { () throws(GatewayError) in try reader.search(RequestBody(request)) },
            way: { ChromaDialect.way($0, reader) })
        guard case .parsed(let wanted) = reading else {
            if case .answered(let response) = reading { return response }
            throw GatewayError.untranslatable("query")
        }
        guard wanted.count <= kLimit() else {
            throw ChromaReply.invalid(
                "'n_results' is above \(kLimit())", hint: "see gateway.limits.k")
        }
        var found: [[Hit]] = []
        for vector in wanted.vectors {
            let isEmpty = wanted.ids?.isEmpty == true || wanted.count == 0
            found.append(
                isEmpty ? [] : try await service.search(wanted.query(vector, name)))
        }
        return ChromaDialect.reply(found, wanted.parts, reader)
    }

    private static func reply(
        _ found: [[Hit]], _ parts: ChromaParts, _ reader: ChromaReader
    ) -> HTTPResponse {
        var writer = JSONWriter()
        writer.writeChroma(
            parts, columns: [.embeddings, .documents, .uris, .metadatas, .distances]
        ) { part, writer in
            writer.array { writer in
                for hits in found {
                    writer.array { writer in
                        for hit in hits {
                            if part == .distances {
                                writer.write(
                                    ChromaMetric.number(hit.distance, reader.vector.distance))
                            } else {
                                writer.writeChroma(part, of: hit.record, reader.metadata)
                            }
                        }
                    }
                }
            }
        }
        return HTTPResponse(json: writer)
    }

    /// Of several queries in one request the first decides.
    private static func way(
        _ wanted: ChromaReader.Search, _ reader: ChromaReader
    ) -> Relay.Way {
        guard let first = wanted.vectors.first else { return Relay.Way() }
        let queries = wanted.vectors.map { wanted.query($0, reader.vector.name) }
        return Relay.Way(
            place: .share(ReadShare.of(wanted.query(first, reader.vector.name)))
        ) { answer in
            guard let root = try? JSONDocument.parse(answer.body).root,
                let ids = root["ids"]?.items, let distances = root["distances"]?.items,
                ids.count == queries.count, distances.count == queries.count
            else { return [] }
            return queries.indices.compactMap { index in
                let numbers = distances[index].floats ?? []
                let names = ids[index].strings
                guard numbers.count == names.count else { return nil }
                let hits = zip(names, numbers).map { name, number in
                    Hit(
                        record: Record(id: reader.ids.id(name), vectors: [:]),
                        distance: ChromaMetric.distance(Double(number), reader.vector.distance))
                }
                return .search(queries[index], answer: hits)
            }
        }
    }
}
