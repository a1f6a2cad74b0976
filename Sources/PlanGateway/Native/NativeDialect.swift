import HTTPServer
import JSON
import PlanCore
import PlanSync

/// The native dialect: JSON over HTTP, described by `/openapi.json`.
struct NativeDialect: Sendable {
    let plane: DataPlane
    let decoding: NativeDecoding
    let limits: GatewayLimits

    /// Throws what `GatewayFault` can say.
    func answer(_ request: HTTPRequest) async throws -> [UInt8] {
        switch (request.method, request.path) {
        case ("PUT", "/v1/records"): return try await upsert(request)
        case ("PATCH", "/v1/records"): return try await update(request)
        case ("POST", "/v1/records/get"): return try await get(request)
        case ("POST", "/v1/records/delete"): return try await delete(request)
        case ("POST", "/v1/search"): return try await search(request)
        case ("POST", "/v1/scan"): return try await scan(request)
        case ("GET", "/v1/count"):
            return object(["count": .int(Int64(try await plane.count(matching: nil)))])
        default:
            let known = [
                "/v1/records", "/v1/records/get", "/v1/records/delete", "/v1/search", "/v1/scan",
                "/v1/count",
            ]
            if known.contains(request.path) {
                throw GatewayFault(
                    405, "method_not_allowed",
                    "'\(request.path)' does not take \(request.method)")
            }
            throw GatewayFault(
                404, "not_found", "there is no '\(request.path.prefix(100))'",
                hint: Suggestion.hint(for: request.path, among: known))
        }
    }

    private func object(_ fields: JSONObject) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(.object(fields))
        return writer.bytes
    }

    private func upsert(_ request: HTTPRequest) async throws -> [UInt8] {
        let root = try decoding.document(request.body).root
        let records = try decoding.list(root, "records").map(decoding.record)
        if !records.isEmpty { _ = try await plane.write(.upsert(records)) }
        return object(["count": .int(Int64(records.count))])
    }

    private func update(_ request: HTTPRequest) async throws -> [UInt8] {
        let root = try decoding.document(request.body).root
        let patches = try decoding.list(root, "updates").map(decoding.patch)
        let missing = patches.isEmpty ? [] : try await plane.write(.update(patches))
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("count")
            writer.write(patches.count - missing.count)
            writer.key("missing")
            writer.array { for id in missing { NativeEncoding.write(id, to: &$0) } }
        }
        return writer.bytes
    }

    private func get(_ request: HTTPRequest) async throws -> [UInt8] {
        let root = try decoding.document(request.body).root
        let ids = try decoding.ids(root)
        guard ids.count <= limits.k else {
            throw GatewayFault.badRequest("at most \(limits.k) ids at once")
        }
        let vectors = try decoding.flag(root, "with_vectors", otherwise: true)
        let payload = try decoding.flag(root, "with_payload", otherwise: true)
        let records = try await plane.get(ids, vectors ? .full : payload ? .withoutVectors : .idsOnly)
        return page(records, vectors: vectors, payload: payload)
    }

    private func page(_ records: [Record], vectors: Bool, payload: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("records")
            writer.array { writer in
                for record in records {
                    NativeEncoding.write(
                        record, vectors: vectors, payload: payload, to: &writer)
                }
            }
        }
        return writer.bytes
    }

    private func delete(_ request: HTTPRequest) async throws -> [UInt8] {
        let root = try decoding.document(request.body).root
        if let filter = try decoding.filter(root) {
            guard root["ids"] == nil else {
                throw GatewayFault.badRequest("give 'ids' or 'filter', not both")
            }
            let count = try await plane.delete(matching: filter)
            return object(["deleted": count.map { .int(Int64($0)) } ?? .null])
        }
        let ids = try decoding.ids(root)
        if !ids.isEmpty { _ = try await plane.write(.delete(ids)) }
        return object(["deleted": .null])
    }

    private func search(_ request: HTTPRequest) async throws -> [UInt8] {
        let root = try decoding.document(request.body).root
        guard let vector = root["vector"] else {
            throw GatewayFault.badRequest("'vector' is missing")
        }
        var query = Query(
            vector: try decoding.vector(vector, "'vector'"),
            using: root["using"]?.string ?? Record.defaultVector,
            filter: try decoding.filter(root),
            k: try decoding.count(root, "k", otherwise: 10, most: limits.k))
        query.includePayload = try decoding.flag(root, "with_payload", otherwise: true)
        query.includeVectors = try decoding.flag(root, "with_vectors", otherwise: false)
        let hits = try await plane.search(query)
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("hits")
            writer.array { writer in
                for hit in hits {
                    NativeEncoding.write(
                        hit.record, vectors: query.includeVectors, payload: query.includePayload,
                        distance: hit.distance, to: &writer)
                }
            }
        }
        return writer.bytes
    }

    private func scan(_ request: HTTPRequest) async throws -> [UInt8] {
        let root = try decoding.document(request.body).root
        var cursor: RecordID?
        if let node = root["cursor"], node.kind != .null { cursor = try decoding.id(node) }
        let limit = try decoding.count(root, "limit", otherwise: 100, most: limits.k)
        let vectors = try decoding.flag(root, "with_vectors", otherwise: true)
        let (records, next) = try await plane.scan(
            after: cursor, limit: limit, matching: try decoding.filter(root),
            vectors ? .full : .withoutVectors)
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("records")
            writer.array { writer in
                for record in records {
                    NativeEncoding.write(record, vectors: vectors, payload: true, to: &writer)
                }
            }
            writer.key("next")
            if let next { NativeEncoding.write(next, to: &writer) } else { writer.writeNull() }
        }
        return writer.bytes
    }
}
