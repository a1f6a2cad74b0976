import ChromaFormat
import HTTPServer
import JSON
import PlanCore
import PlanSync

/// The collection as clients are told of it: by the same id, wherever it is by now.
extension ChromaDialect {
    /// In the source server's bytes as long as it has the collection.
    func described(_ request: HTTPRequest) async throws -> HTTPResponse {
        if relay.forwarding.leader == .source, let answer = try await relay.passThrough(request) {
            if answer.status == 200 { own.note(model: answer.body) }
            return answer
        }
        return ChromaReply.json(try await model())
    }

    /// As the source's server describes it, or described it last; else what there is to say.
    func model() async throws -> JSONValue {
        try await learnIDs()
        let name = try await collection().name
        if relay.forwarding.leader == .source,
            let answer = try await relay.ask(place.path(of: name)), answer.status == 200
        {
            own.note(model: answer.body)
        }
        if let known = own.model, let model = try? JSONDocument.parse(known).root.value {
            return model
        }
        return model(try await collection())
    }

    /// Of a collection that other stores hold: the server's defaults, which are not theirs.
    private func model(_ description: CollectionDescription) -> JSONValue {
        let spec = description.vectors.first
        let space = spec.flatMap { ChromaMetric.space($0.distance) } ?? "l2"
        let dimension = spec.flatMap { $0.dimension > 0 ? Int64($0.dimension) : nil }
        return [
            "id": .string(own.current ?? ""), "name": .string(description.name),
            "configuration_json": [
                "hnsw": [
                    "space": .string(space), "ef_construction": 100, "ef_search": 100,
                    "max_neighbors": 16, "resize_factor": 1.2, "sync_threshold": 1_000,
                ], "spann": nil, "embedding_function": nil,
            ],
            "schema": nil, "metadata": nil, "dimension": dimension.map { .int($0) } ?? .null,
            "tenant": .string(place.tenant), "database": .string(place.database),
            "log_position": 0, "version": 0,
        ]
    }
}
