import PlanCore

/// Qdrant's own API, as an application would speak it that was written for Qdrant.
struct QdrantAPI: ApplicationAPI {
    let gateway: GatewayClient
    var collection = "packages"
    /// Payload and vectors are changed by requests of their own.
    let patches = false

    private var points: String { "/collections/\(collection)/points" }

    func upsert(
        _ id: Int64, _ vector: [Float], _ payload: JSONObject
    ) async -> GatewayClient.Answer {
        let point: JSONValue = [
            "id": .int(id), "vector": .numbers(vector), "payload": .object(payload),
        ]
        return await gateway.send("PUT", points + "?wait=true", ["points": [point]])
    }

    func patch(
        _ id: Int64, _ vector: [Float], _ fields: JSONObject
    ) async -> GatewayClient.Answer {
        .failed("Qdrant changes payload and vectors by requests of their own")
    }

    func delete(_ id: Int64) async -> GatewayClient.Answer {
        await gateway.send("POST", points + "/delete?wait=true", ["points": [.int(id)]])
    }

    func get(_ id: Int64) async -> GatewayClient.Answer {
        let answer = await gateway.send(
            "POST", points, ["ids": [.int(id)], "with_payload": true, "with_vector": true])
        return renamed(answer) { ["records": $0["result"] ?? .null] }
    }

    func search(_ vector: [Float], k: Int) async -> GatewayClient.Answer {
        let answer = await gateway.send(
            "POST", points + "/query",
            ["query": .numbers(vector), "limit": .int(Int64(k)), "with_payload": true])
        return renamed(answer) { ["hits": $0["result"]?["points"] ?? .null] }
    }

    private func renamed(
        _ answer: GatewayClient.Answer, _ fields: (JSONValue) -> JSONValue
    ) -> GatewayClient.Answer {
        guard case .ok(let body) = answer else { return answer }
        return .ok(fields(body))
    }
}
