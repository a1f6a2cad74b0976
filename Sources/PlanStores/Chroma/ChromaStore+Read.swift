import ChromaFormat
import JSON
import PlanCore

extension ChromaStore {
    /// What a request brings back of each record.
    struct Parts: Sendable {
        var vectors = true
        var payload = true

        init(_ projection: Projection) {
            vectors = projection == .full
            payload = projection != .idsOnly
        }

        init(vectors: Bool, payload: Bool) {
            self.vectors = vectors
            self.payload = payload
        }

        var names: [String] {
            (vectors ? ["embeddings"] : []) + (payload ? ["metadatas", "documents"] : [])
        }
    }

    /// Every id that satisfies a condition, as the server spells it, in no order.
    func list(
        _ condition: ChromaFilter.Condition, _ operation: String, _ shape: ChromaShape
    ) async throws -> [String] {
        if condition == .nothing { return [] }
        let found = try await listed(condition, operation, shape)
        guard condition == .everything, try await held(operation, shape) > found.count else {
            return found
        }
        // A write came between the two, or the server keeps some to itself, as one with quotas does.
        let again = try await listed(condition, operation, shape)
        let count = try await held(operation, shape)
        guard count > again.count, Set(again) == Set(found) else { return again }
        throw server.error(
            .unsupported,
            "the server lists \(again.count) ids of the \(count) records that it counts: it limits "
                + "how much one request may list, and a part would be taken for the whole",
            operation)
    }

    /// As the server counts them.
    private func held(_ operation: String, _ shape: ChromaShape) async throws -> Int {
        let root = try await server.call(
            operation, "GET", path(shape, "count"), limit: patience
        ).root
        guard let count = root.int else {
            throw server.channel.failure.foreign(
                "the count is no number", operation, mayBeApplied: false)
        }
        return count
    }

    private func listed(
        _ condition: ChromaFilter.Condition, _ operation: String, _ shape: ChromaShape
    ) async throws -> [String] {
        let root = try await server.call(
            operation, "POST", path(shape, "get"), limit: patience
        ) { writer in
            writer.object { writer in
                if let text = condition.text {
                    writer.key("where")
                    writer.write(text)
                }
                writer.key("include")
                writer.array { _ in }
            }
        }.root
        return root["ids"]?.strings ?? []
    }

    typealias Columns = (
        ids: JSONNode?, embeddings: JSONNode?, metadatas: JSONNode?, documents: JSONNode?
    )

    func records(
        _ columns: Columns, _ parts: Parts, _ operation: String, _ shape: ChromaShape
    ) throws -> [Record] {
        let ids = columns.ids?.items ?? []
        let embeddings = parts.vectors ? columns.embeddings?.items ?? [] : []
        let metadatas = parts.payload ? columns.metadatas?.items ?? [] : []
        let documents = parts.payload ? columns.documents?.items ?? [] : []
        guard !parts.vectors || embeddings.count >= ids.count else {
            throw server.channel.failure.foreign(
                "\(ids.count) records and \(embeddings.count) vectors, \(ChromaServer.unmeasured)",
                operation, mayBeApplied: false)
        }
        guard !parts.vectors || embeddings.count == ids.count,
            !parts.payload || (metadatas.count == ids.count && documents.count == ids.count)
        else {
            throw server.channel.failure.foreign(
                "lists of different lengths", operation, mayBeApplied: false)
        }
        let metadata = self.metadata
        return try ids.enumerated().map { index, id in
            var record = Record(id: shape.recordID(id.string ?? ""), vectors: [:])
            if parts.vectors, let floats = embeddings[index].floats {
                record.vectors[shape.vector?.name ?? Record.defaultVector] = .dense(floats)
            }
            if parts.payload {
                guard
                    let payload = metadata.payload(metadatas[index], document: documents[index])
                else { throw self.twoDocuments(record.id, operation) }
                record.payload = payload
            }
            return record
        }
    }

    private func twoDocuments(_ id: RecordID, _ operation: String) -> StoreError {
        let field = configuration.documentField
        return server.error(
            .unsupported,
            "the record '\(id.text)' has a document and a metadata field '\(field)'; name another "
                + "field for documents with 'document'", operation, ids: [id])
    }

    package func get(_ ids: [RecordID], _ projection: Projection) async throws -> [Record] {
        try await run("get") { shape in
            let texts = Set(ids).filter { shape.description.idKind.normalize($0) == $0 }
                .map(\.text)
            return try await self.fetch(texts, Parts(projection), "get", shape)
        }
    }

    package func count(matching filter: Filter?) async throws -> Int {
        try await run("count") { shape in
            guard filter != nil else { return try await self.held("count", shape) }
            return try await self.matching(filter, "count", shape).count
        }
    }

    /// Every id that satisfies a filter, in no order.
    func matching(
        _ filter: Filter?, _ operation: String, _ shape: ChromaShape
    ) async throws -> [RecordID] {
        let rendered = ChromaFilter(filter, documentField: configuration.documentField)
        let ids = try await candidates(rendered, operation, shape)
        guard let filter, !rendered.isExact else { return ids }
        var found: [RecordID] = []
        for record in try await fetch(
            ids.map(\.text), Parts(.withoutVectors), operation, shape)
        where filter.matches(record) {
            found.append(record.id)
        }
        return found
    }

    /// Those that the server lets through.
    func candidates(
        _ rendered: ChromaFilter, _ operation: String, _ shape: ChromaShape
    ) async throws -> [RecordID] {
        guard let ids = rendered.ids else {
            return try await list(rendered.condition, operation, shape).map(shape.recordID)
        }
        let held = ids.filter { shape.description.idKind.normalize($0) == $0 }
        return try await fetch(held.map(\.text), Parts(.idsOnly), operation, shape).map(\.id)
    }

    package func partitions(_ count: Int) async throws -> [KeyRange] {
        try await run("partitions") { shape in
            let ids = try await self.all("partitions", shape)
            let parts = max(1, min(count, ids.count))
            return KeyRange.split(at: (1..<max(1, parts)).map { ids[ids.count * $0 / parts - 1] })
        }
    }
}
