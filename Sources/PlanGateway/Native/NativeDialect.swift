import HTTPServer
import JSON
import PlanCore
import PlanSync

/// The gateway's own HTTP API: JSON in, JSON out, one collection.
struct NativeDialect: GatewayDialect {
    let service: any RecordService
    /// The id kind of the source's collection; may throw what a store throws.
    let idKind: @Sendable () async throws -> CollectionDescription.IDKind
    /// The most hits one search may ask for.
    let kLimit: @Sendable () -> Int

    func operation(_ request: HTTPRequest) throws(GatewayError) -> DialectOperation {
        let found = try NativeOperation.find(method: request.method, path: request.path)
        return DialectOperation(name: found.rawValue, isOpen: found == .openapi)
    }

    func response(to error: GatewayError) -> HTTPResponse { error.response }

    func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
        switch try NativeOperation.find(method: request.method, path: request.path) {
        case .count:
            let count = try await service.count(matching: nil)
            return reply { writer in
                writer.key("count")
                writer.write(count)
            }
        case .openapi:
            return HTTPResponse(text: NativeAPI.document, type: "application/json")
        case .upsert: return try await upsert(request)
        case .update: return try await update(request)
        case .delete: return try await delete(request)
        case .get: return try await get(request)
        case .search: return try await search(request)
        case .scan: return try await scan(request)
        case .other: throw GatewayError(404, .notFound, "that is not here")
        }
    }

    private func reply(_ body: (inout JSONWriter) -> Void) -> HTTPResponse {
        var writer = JSONWriter()
        writer.object(body)
        return HTTPResponse(json: writer)
    }

    private func upsert(_ request: HTTPRequest) async throws -> HTTPResponse {
        let kind = try await idKind()
        let records = try RequestBody(request).upserts(kind)
        if !records.isEmpty { _ = try await service.write(.upsert(records)) }
        return reply { writer in
            writer.key("count")
            writer.write(records.count)
        }
    }

    private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        let kind = try await idKind()
        let patches = try RequestBody(request).updates(kind)
        let missing = patches.isEmpty ? [] : try await service.write(.update(patches))
        let absent = Set(missing)
        return reply { writer in
            writer.key("count")
            writer.write(patches.count { !absent.contains($0.id) })
            writer.key("missing")
            writer.write(missing)
        }
    }

    private func delete(_ request: HTTPRequest) async throws -> HTTPResponse {
        let kind = try await idKind()
        var deleted: Int?
        switch try RequestBody(request).doomed(kind) {
        case .ids(let ids):
            if ids.isEmpty { deleted = 0 } else { _ = try await service.write(.delete(ids)) }
        case .matching(let filter): deleted = try await service.delete(matching: filter)
        }
        return reply { [deleted] writer in
            writer.key("deleted")
            if let deleted { writer.write(deleted) } else { writer.writeNull() }
        }
    }

    private func get(_ request: HTTPRequest) async throws -> HTTPResponse {
        let kind = try await idKind()
        let (ids, parts) = try RequestBody(request).wanted(kind)
        let found = ids.isEmpty ? [] : try await service.get(ids, parts.projection)
        let byID = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        return reply { writer in
            writer.key("records")
            writer.array { writer in
                for record in ids.compactMap({ byID[$0] }) {
                    writer.write(record, payload: parts.payload, vectors: parts.vectors)
                }
            }
        }
    }

    private func search(_ request: HTTPRequest) async throws -> HTTPResponse {
        let kind = try await idKind()
        let query = try RequestBody(request).query(kind, kLimit: kLimit())
        let hits = try await service.search(query)
        return reply { writer in
            writer.key("hits")
            writer.array { writer in
                for hit in hits {
                    writer.write(
                        hit.record, distance: hit.distance, payload: query.includePayload,
                        vectors: query.includeVectors)
                }
            }
        }
    }

    private func scan(_ request: HTTPRequest) async throws -> HTTPResponse {
        let kind = try await idKind()
        let page = try RequestBody(request).page(kind)
        let (records, next) = try await service.scan(
            after: page.cursor, limit: page.limit, matching: page.filter,
            page.parts.projection)
        return reply { writer in
            writer.key("records")
            writer.array { writer in
                for record in records {
                    writer.write(
                        record, payload: page.parts.payload, vectors: page.parts.vectors)
                }
            }
            writer.key("next")
            if let next { writer.write(next) } else { writer.writeNull() }
        }
    }
}
