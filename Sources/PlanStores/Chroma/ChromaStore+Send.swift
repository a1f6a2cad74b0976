import ChromaFormat
import FoundationEssentials
import JSON
import PlanCore

extension ChromaStore {
    /// One request's worth of a kind of write; ids that an update did not find.
    func send(
        _ kind: ChromaWriter.Kind, _ items: [ChromaWriter.Item], within limit: Duration
    ) async throws -> Set<RecordID> {
        let end = ContinuousClock.now + limit
        let shape = try await shape(kind.operation)
        if kind == .delete {
            try await remove(items.map(\.id.text), kind.operation, within: limit, shape)
            return []
        }
        let held = try await heldKeys(items.map(\.id.text), kind.operation, limit, shape)
        let changes = items.filter { kind == .upsert || held[$0.id] != nil }.map { item in
            Change(
                item: item, held: held[item.id], replaces: kind == .upsert || item.clears)
        }
        if !changes.isEmpty {
            try await send(changes, kind.operation, until: end, shape)
            let made = changes.filter { $0.held == nil }.map { change in
                (change.item.id, Set(parts(of: change, metadata).metadata.keys))
            }
            try await exorcise(made, kind.operation, until: end, shape)
        }
        return kind == .update ? Set(items.map(\.id).filter { held[$0] == nil }) : []
    }

    /// One record's part of an upsert or an update.
    private struct Change: Sendable {
        var item: ChromaWriter.Item
        /// nil where the record is not there.
        var held: Held?
        /// Whether fields that are not named must go.
        var replaces: Bool
    }

    /// What must be known of a record before it is written over.
    struct Held: Sendable {
        var keys: Set<String> = []
        var hasDocument = false
    }

    func heldKeys(
        _ ids: [String], _ operation: String, _ limit: Duration, _ shape: ChromaShape
    ) async throws -> [RecordID: Held] {
        let root = try await columns(
            ids, ["metadatas", "documents"], operation, within: limit, shape)
        let metadatas = root["metadatas"]?.items ?? []
        let documents = root["documents"]?.items ?? []
        var found: [RecordID: Held] = [:]
        for (index, id) in (root["ids"]?.items ?? []).enumerated() {
            var held = Held()
            if index < metadatas.count { held.keys = Set(metadatas[index].fields.map(\.key)) }
            if index < documents.count { held.hasDocument = documents[index].string != nil }
            found[shape.recordID(id.string ?? "")] = held
        }
        return found
    }

    /// Metadata with null for what must go, and the document; nil where it stays as it is.
    private func parts(
        of change: Change, _ metadata: ChromaMetadata
    ) -> (metadata: JSONObject, document: String?) {
        let held = change.held ?? Held()
        var keys: JSONObject = [:]
        var document: String?
        if change.replaces {
            // A `chroma:` key in a request wrecks the local server's log.
            for key in held.keys where !key.hasPrefix("chroma:") { keys[key] = .null }
        }
        for field in change.item.remove {
            for key in ChromaMetadata.keys(field) { keys[key] = .null }
        }
        for (field, value) in change.item.set.sortedByKey {
            if metadata.isDocument(field, value), case .string(let text) = value {
                document = text
                for key in ChromaMetadata.keys(field) { keys[key] = .null }
                continue
            }
            let place = metadata.place(field, value)
            for key in place.gone where !change.replaces || held.keys.contains(key) {
                keys[key] = .null
            }
            keys[place.key] = place.value
        }
        let field = metadata.documentField
        let losesDocument =
            change.replaces || change.item.remove.contains(field)
            || change.item.set[field] != nil
        if document == nil, held.hasDocument, losesDocument {
            document = ""
            if keys[metadata.noDocumentKey] == nil || keys[metadata.noDocumentKey] == .null {
                keys[metadata.noDocumentKey] = ""
            }
        }
        return (keys, document)
    }

    private func send(
        _ changes: [Change], _ operation: String, until end: ContinuousClock.Instant,
        _ shape: ChromaShape
    ) async throws {
        do {
            try await post(changes, operation, until: end, shape)
        } catch let error as StoreError
            where metadata.holdsLists && error.isDefinite && error.message.contains("Metadata")
        {
            // A server before lists in metadata does not even read such a request.
            forgoLists()
            try await post(changes, operation, until: end, shape)
        }
    }

    private func post(
        _ changes: [Change], _ operation: String, until end: ContinuousClock.Instant,
        _ shape: ChromaShape
    ) async throws {
        let takesBase64 = try await server.limits(operation).takesBase64
        let left = end - .now
        guard left > .zero else {
            throw server.error(.busy, "reading what is there took all the time", operation)
        }
        let metadata = self.metadata
        let parts = changes.map { self.parts(of: $0, metadata) }
        try await server.call(
            operation, "POST", path(shape, operation), .write, limit: left,
            size: writes.use(changes.count)
        ) { writer in
            writer.object { writer in
                writer.key("ids")
                writer.array { for change in changes { $0.write(change.item.id.text) } }
                writer.key("embeddings")
                if changes.allSatisfy({ $0.item.vector == nil }) {
                    writer.writeNull()
                } else {
                    writer.array { writer in
                        for change in changes {
                            ChromaStore.write(change.item.vector, takesBase64, &writer)
                        }
                    }
                }
                writer.key("metadatas")
                writer.array { writer in
                    for part in parts {
                        if part.metadata.isEmpty {
                            writer.writeNull()
                        } else {
                            writer.write(.object(part.metadata))
                        }
                    }
                }
                writer.key("documents")
                writer.array { writer in
                    for part in parts {
                        writer.write(part.document.map(JSONValue.string) ?? .null)
                    }
                }
            }
        }
    }

    private static func write(
        _ vector: [Float]?, _ takesBase64: Bool, _ writer: inout JSONWriter
    ) {
        guard let vector else { return writer.writeNull() }
        guard takesBase64 else { return writer.write(vector) }
        let data = vector.withUnsafeBytes { Data($0) }
        writer.write(data.base64EncodedString())
    }
}
