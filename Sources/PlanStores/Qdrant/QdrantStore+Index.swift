import JSON
import PlanCore

/// Qdrant builds its graph by itself, segment by segment, once one is larger than
/// `indexing_threshold`. Held back it is 0; released, that of the source where it is Qdrant's, or the
/// default.
///
///     absent (threshold 0, or m 0) ──release──▶ building (yellow) ──▶ ready (green)
extension QdrantStore {
    /// Kilobytes of a segment: Qdrant's own default.
    private static let defaultThreshold: Int64 = 20_000

    package func createIndex(_ spec: IndexSpec) async throws {
        guard capabilities.indexKinds.contains(spec.kind) else {
            throw api.failure.error(
                .unsupported, "qdrant has no index of kind '\(spec.kind)'; say 'hnsw'", "index")
        }
        try await run("index") { shape in
            guard let vector = shape.description.vector(spec.vector) else {
                throw self.api.failure.error(
                    .refused, "the collection has no vector '\(spec.vector)'", "index")
            }
            let own = spec.settings.own
            var graph: JSONObject = [:]
            // What was dropped is built anew as the source has it.
            if shape.hasNoGraph, case .object(let held)? = own["hnsw_config"] { graph = held }
            if let m = spec.parameters["m"] { graph["m"] = .int(Int64(m)) }
            if graph["m"] == nil, shape.hasNoGraph { graph["m"] = 16 }
            if let effort = spec.parameters["ef_construction"] {
                graph["ef_construct"] = .int(Int64(effort))
            }
            var threshold = Int64(shape.indexingThreshold)
            if threshold == 0, case .object(let held)? = own["optimizers_config"],
                case .int(let kilobytes)? = held["indexing_threshold"]
            {
                threshold = kilobytes
            }
            var body: JSONObject = [
                "optimizers_config": [
                    "indexing_threshold": .int(
                        threshold > 0 ? threshold : QdrantStore.defaultThreshold)
                ]
            ]
            if !graph.isEmpty, !vector.isSparse {
                body["vectors"] = [spec.vector: ["hnsw_config": .object(graph)]]
                if shape.hasNoGraph { body["hnsw_config"] = .object(graph) }
            }
            try await self.patch(body)
        }
        try await waitUntilReady(spec)
    }

    /// Green twice in a row: the optimizer starts a moment after it was told.
    private func waitUntilReady(_ spec: IndexSpec) async throws {
        var greens = 0
        while greens < 2 {
            try await Task.sleep(for: .milliseconds(200))
            switch try await indexState(spec) {
            case .ready: greens += 1
            case .building: greens = 0
            case .absent, .invalid:
                throw api.failure.error(
                    .other, "the index is not built: the optimizer was turned off or failed",
                    "index")
            }
        }
    }

    package func dropIndex(_ spec: IndexSpec) async throws {
        try await patch([
            "hnsw_config": ["m": 0], "vectors": [spec.vector: ["hnsw_config": ["m": 0]]],
            "optimizers_config": ["indexing_threshold": 0],
        ])
    }

    package func indexState(_ spec: IndexSpec) async throws -> IndexState {
        guard let shape = try await freshShape("index") else {
            throw api.failure.error(
                .notFound, "there is no collection '\(configuration.collection)'", "index")
        }
        guard shape.description.vector(spec.vector) != nil, shape.indexingThreshold > 0,
            !shape.hasNoGraph
        else { return .absent }
        switch shape.status {
        case "green": return .ready
        case "red": return .invalid
        default:
            let done = shape.points > 0 ? Double(shape.indexedVectors) / Double(shape.points) : 0
            return .building(progress: min(done, 1))
        }
    }

    private func patch(_ body: JSONObject) async throws {
        let call = HTTPChannel.Call(
            "index", "PATCH", api.collection, body: encoded(.object(body)), .write)
        _ = try await api.result(call)
        forgetShape()
    }
}
