import ChromaFormat
import JSON
import PlanCore

/// Reads the bodies of Chroma's requests, as far as all stores can answer them. What cannot be
/// translated is refused by its name; fields that the server does not know it passes over, and so
/// do we.
struct ChromaReader {
    let ids: ChromaIDs
    let vector: VectorSpec
    let metadata: ChromaMetadata

    init(_ description: CollectionDescription, documentField: String) {
        ids = ChromaIDs(description.idKind)
        vector = description.vectors.first ?? VectorSpec(dimension: 0, distance: .l2)
        metadata = ChromaMetadata(documentField: documentField)
    }

    /// The body of `get`.
    struct Get: Hashable {
        /// nil: all; absent ones of another kind are left out.
        var ids: [RecordID]?
        var filter: Filter?
        var limit: Int?
        var offset: Int
        var parts: ChromaParts
    }

    func get(_ body: RequestBody) throws(GatewayError) -> Get {
        try checkObject(body)
        return try Get(
            ids: wanted(body), filter: filter(body),
            limit: body.optional("limit").map { value throws(GatewayError) in
                try value.int(0...Int(UInt32.max))
            }, offset: body.optional("offset")?.int(0...Int(UInt32.max)) ?? 0,
            parts: parts(body, [.documents, .metadatas]))
    }

    /// The body of `query`.
    struct Search: Hashable {
        var vectors: [[Float]]
        var ids: [RecordID]?
        var filter: Filter?
        var count: Int
        var parts: ChromaParts

        /// What is asked of the store for one of the vectors.
        func query(_ vector: [Float], _ name: String) -> Query {
            var tests = filter.map { [$0] } ?? []
            if let ids { tests.append(.hasID(ids)) }
            return Query(
                vector: .dense(vector), using: name,
                filter: tests.count > 1 ? .and(tests) : tests.first, k: count,
                includePayload: parts.has(.documents) || parts.has(.metadatas),
                includeVectors: parts.has(.embeddings))
        }
    }

    func search(_ body: RequestBody) throws(GatewayError) -> Search {
        try checkObject(body)
        var vectors: [[Float]] = []
        for item in try body.required("query_embeddings").items() {
            let floats = try item.floats()
            try check(floats)
            vectors.append(floats)
        }
        return try Search(
            vectors: vectors, ids: wanted(body), filter: filter(body),
            count: body.optional("n_results")?.int(0...Int(UInt32.max)) ?? 10,
            parts: parts(body, [.documents, .metadatas, .distances]))
    }

    func checkObject(_ body: RequestBody) throws(GatewayError) {
        guard body.node.kind == .object else { throw body.wrong("an object") }
    }

    func check(_ floats: [Float]) throws(GatewayError) {
        guard vector.dimension == 0 || floats.count == vector.dimension else {
            throw ChromaReply.invalid(
                "Collection expecting embedding with dimension of \(vector.dimension), got "
                    + "\(floats.count)")
        }
    }

    /// Those that there can be, each once; nil where none are named.
    private func wanted(_ body: RequestBody) throws(GatewayError) -> [RecordID]? {
        guard let given = body.optional("ids") else { return nil }
        var seen: Set<RecordID> = []
        for item in try given.items() {
            let id = ids.id(try item.string())
            if ids.holds(id) { seen.insert(id) }
        }
        return seen.sorted()
    }

    private func parts(
        _ body: RequestBody, _ usual: [ChromaParts.Part]
    ) throws(GatewayError) -> ChromaParts {
        guard let given = body.optional("include") else { return ChromaParts(parts: usual) }
        var parts: [ChromaParts.Part] = []
        for item in try given.items() {
            guard let part = ChromaParts.Part(rawValue: try item.string()) else {
                let known = ChromaParts.Part.allCases.map { "`\($0.rawValue)`" }
                throw item.wrong("one of \(known.joined(separator: ", "))")
            }
            parts.append(part)
        }
        return ChromaParts(parts: parts)
    }
}
