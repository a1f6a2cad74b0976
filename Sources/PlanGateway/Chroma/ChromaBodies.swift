import PlanCore

/// Reads bodies as requests of Chroma's clients do: for fuzzing and for tests of the words.
package enum ChromaBodies {
    package static let operations = ["get", "query", "add", "upsert", "update", "delete"]

    /// nil where the body is taken; else how the request is refused.
    package static func refusal(
        of bytes: [UInt8], _ operation: String, _ kind: CollectionDescription.IDKind,
        forwardsWrites: Bool = false
    ) -> String? {
        let reader = ChromaBodies.reader(kind)
        do {
            let body = try RequestBody(bytes: bytes)
            switch ChromaOperation(method: "POST", rest: [operation]) {
            case .get: _ = try reader.get(body)
            case .query: _ = try reader.search(body)
            case let known: _ = try reader.write(known, body, forwards: forwardsWrites)
            }
            return nil
        } catch {
            return error.message
        }
    }

    /// What `where` and `where_document` mean in our words; nil where they hold nothing back.
    package static func filter(_ bytes: [UInt8]) throws(GatewayError) -> Filter? {
        try reader(.text).filter(RequestBody(bytes: bytes))
    }

    /// What an upsert writes, or what an update changes.
    package static func patches(
        _ bytes: [UInt8], _ operation: String, _ kind: CollectionDescription.IDKind = .text
    ) throws(GatewayError) -> [RecordPatch] {
        let known = ChromaOperation(method: "POST", rest: [operation])
        let write = try reader(kind).write(known, RequestBody(bytes: bytes), forwards: false)
        switch write {
        case .add(let patches), .upsert(let patches), .update(let patches): return patches
        case .delete, .deleteMatching, .forwarded, .nothing: return []
        }
    }

    private static func reader(_ kind: CollectionDescription.IDKind) -> ChromaReader {
        ChromaReader(
            CollectionDescription(
                name: "items", idKind: kind, vectors: [VectorSpec(dimension: 2, distance: .l2)]),
            documentField: "document")
    }
}
