import PlanCore

/// Reads bodies as requests of Qdrant's clients do: for fuzzing and for tests of the words.
package enum QdrantBodies {
    package static let operations = [
        "upsert", "delete", "set_payload", "overwrite_payload", "delete_payload",
        "clear_payload", "update_vectors", "batch", "search", "query", "search_batch",
        "query_batch", "scroll", "retrieve", "count",
    ]

    /// nil where the body is taken; else how the request is refused.
    package static func refusal(
        of bytes: [UInt8], _ operation: String, _ kind: CollectionDescription.IDKind,
        forwardsWrites: Bool = false
    ) -> String? {
        let reader = QdrantReader(idKind: kind, forwardsWrites: forwardsWrites)
        do {
            try read(RequestBody(bytes: bytes), operation, reader)
            return nil
        } catch {
            return error.message
        }
    }

    /// What a filter means in our words; nil where it holds nothing back.
    package static func filter(
        _ bytes: [UInt8], _ kind: CollectionDescription.IDKind = .intOrUUID
    ) throws(GatewayError) -> Filter? {
        try QdrantReader(idKind: kind).filter(RequestBody(bytes: bytes))
    }

    /// What an upsert writes, in either of its shapes; nil where it is none that we can say.
    package static func records(
        _ bytes: [UInt8], _ kind: CollectionDescription.IDKind = .intOrUUID
    ) throws(GatewayError) -> [Record]? {
        let write = try QdrantReader(idKind: kind).write(.upsert, RequestBody(bytes: bytes))
        if case .upsert(let records) = write { return records }
        return nil
    }

    private static func read(
        _ body: RequestBody, _ operation: String, _ reader: QdrantReader
    ) throws(GatewayError) {
        switch operation {
        case "search": _ = try reader.search(body, kLimit: 1_000)
        case "query": _ = try reader.query(body, kLimit: 1_000)
        case "search_batch":
            _ = try reader.searches(body) { item throws(GatewayError) in
                try reader.search(item, kLimit: 1_000)
            }
        case "query_batch":
            _ = try reader.searches(body) { item throws(GatewayError) in
                try reader.query(item, kLimit: 1_000)
            }
        case "scroll": _ = try reader.page(body)
        case "retrieve": _ = try reader.wanted(body)
        case "count": _ = try reader.counted(body)
        case "batch": _ = try reader.writes(body)
        default:
            guard let known = QdrantOperation(inBatch: operation) else { return }
            _ = try reader.write(known, body)
        }
    }
}
