import PlanCore

/// The native dialect, as an application would speak it.
struct NativeAPI: ApplicationAPI {
    let gateway: GatewayClient
    let patches = true

    func upsert(_ id: Int64, _ vector: [Float], _ payload: JSONObject) async -> GatewayClient.Answer
    {
        await gateway.send(
            "PUT", "/v1/records",
            [
                "records": [
                    [
                        "id": .int(id), "vector": .numbers(vector),
                        "payload": .object(payload),
                    ]
                ]
            ])
    }

    func patch(_ id: Int64, _ vector: [Float], _ fields: JSONObject) async -> GatewayClient.Answer {
        await gateway.send(
            "PATCH", "/v1/records",
            [
                "updates": [
                    [
                        "id": .int(id), "vector": .numbers(vector),
                        "set": .object(fields),
                    ]
                ]
            ])
    }

    func delete(_ id: Int64) async -> GatewayClient.Answer {
        await gateway.send("POST", "/v1/records/delete", ["ids": [.int(id)]])
    }

    func get(_ id: Int64) async -> GatewayClient.Answer {
        await gateway.send("POST", "/v1/records/get", ["ids": [.int(id)]])
    }

    func search(_ vector: [Float], k: Int) async -> GatewayClient.Answer {
        await gateway.send(
            "POST", "/v1/search",
            ["vector": .numbers(vector), "k": .int(Int64(k))])
    }
}
