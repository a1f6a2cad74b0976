import PlanCore

/// What the application asks of its store. Answers have the native dialect's fields: `records`, `hits`,
/// `missing`.
protocol ApplicationAPI: Sendable {
    /// Whether vector and fields of a record can be changed together, and nothing else of it.
    var patches: Bool { get }
    func upsert(_ id: Int64, _ vector: [Float], _ payload: JSONObject) async
        -> GatewayClient.Answer
    func patch(_ id: Int64, _ vector: [Float], _ fields: JSONObject) async
        -> GatewayClient.Answer
    func delete(_ id: Int64) async -> GatewayClient.Answer
    func get(_ id: Int64) async -> GatewayClient.Answer
    func search(_ vector: [Float], k: Int) async -> GatewayClient.Answer
}

extension JSONValue {
    static func numbers(_ vector: [Float]) -> JSONValue {
        .array(vector.map { .double(Double($0)) })
    }
}
