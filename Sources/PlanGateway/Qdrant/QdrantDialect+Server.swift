import HTTPServer
import JSON
import PlanCore
import PlanSync
import QdrantFormat

/// What is not about the collection's points.
extension QdrantDialect {
    /// The API's version that is spoken here.
    private static let version = "1.19.0"

    func probe(_ call: Call) async throws -> HTTPResponse {
        if let answer = try await relay.passThroughIfNeeded(call.request) { return answer }
        if call.request.path != "/" {
            return HTTPResponse(text: "\(call.request.path.dropFirst()) check passed")
        }
        var writer = JSONWriter()
        writer.write([
            "title": "qdrant - vector search engine", "version": .string(QdrantDialect.version),
        ])
        return HTTPResponse(json: writer)
    }

    func collections(_ call: Call) async throws -> HTTPResponse {
        if let answer = try await relay.passThroughIfThere(call.request) {
            return try await amend(answer, to: call.request)
        }
        let name = try await collection().name
        return reply(call) { $0.write(["collections": [["name": .string(name)]]]) }
    }

    /// Lists the collection where the source's server does not.
    func amend(_ response: HTTPResponse, to request: HTTPRequest) async throws -> HTTPResponse {
        let own: JSONValue = ["name": .string(try await collection().name)]
        guard case .collections = try QdrantTarget(request), response.status == 200,
            case .object(var page)? = try? JSONDocument.parse(response.body).root.value,
            case .object(var result)? = page["result"],
            case .array(var list)? = result["collections"]
        else { return response }
        if list.contains(own) { return response }
        list.append(own)
        result["collections"] = .array(list)
        page["result"] = .object(result)
        var writer = JSONWriter()
        writer.write(.object(page))
        return HTTPResponse(json: writer)
    }

    func server(_ call: Call) async throws -> HTTPResponse {
        if let answer = try await relay.passThrough(call.request) { return answer }
        throw GatewayError(404, .notFound, "'\(call.request.path.prefix(100))'")
    }

    /// A collection that does not move.
    func other(
        _ name: String, _ operation: QdrantOperation, _ call: Call
    ) async throws -> HTTPResponse {
        if let answer = try await relay.passThrough(call.request) { return answer }
        if operation == .exists { return reply(call) { $0.write(["exists": false]) } }
        throw QdrantReply.missing(collection: name)
    }

    func info(_ description: CollectionDescription, _ call: Call) async throws -> HTTPResponse {
        let count = try await service.count(matching: nil)
        var schema: JSONObject = [:]
        for index in description.payloadIndexes {
            schema[index.field] = ["data_type": .string(index.kind.rawValue), "points": 0]
        }
        let info: JSONValue = [
            "status": "green", "optimizer_status": "ok", "segments_count": 1,
            "points_count": .int(Int64(count)), "indexed_vectors_count": .int(Int64(count)),
            "config": [
                "params": QdrantDialect.parameters(description),
                "hnsw_config": [
                    "m": 16, "ef_construct": 100, "full_scan_threshold": 10_000,
                    "max_indexing_threads": 0, "on_disk": false,
                ],
                "optimizer_config": [
                    "deleted_threshold": 0.2, "vacuum_min_vector_number": 1_000,
                    "default_segment_number": 0, "indexing_threshold": 20_000,
                    "flush_interval_sec": 5,
                ],
                "wal_config": ["wal_capacity_mb": 32, "wal_segments_ahead": 0],
            ],
            "payload_schema": .object(schema),
        ]
        return reply(call) { $0.write(info) }
    }

    /// What there is to say of a collection that another store holds.
    private static func parameters(_ description: CollectionDescription) -> JSONValue {
        var dense: JSONObject = [:]
        var sparse: JSONObject = [:]
        for spec in description.vectors {
            if spec.isSparse {
                sparse[spec.name] = [:]
            } else {
                dense[spec.name] = [
                    "size": .int(Int64(spec.dimension)),
                    "distance": .string(QdrantMetric.name(spec.distance)),
                ]
            }
        }
        var parameters: JSONObject = [
            "vectors": dense[Record.defaultVector] ?? .object(dense), "shard_number": 1,
            "replication_factor": 1, "write_consistency_factor": 1, "on_disk_payload": true,
        ]
        if !sparse.isEmpty { parameters["sparse_vectors"] = .object(sparse) }
        return .object(parameters)
    }
}
