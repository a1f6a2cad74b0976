import ChromaFormat
import JSON
import PlanCore

/// The local server forgets lists in metadata when a collection is deleted: they stay behind in a
/// table of their own, and show up in records of other collections that are made later
/// (chroma-core/chroma#7594, seen with 1.5.9). Two rules keep that from whoever uses this
/// connector: a record that was not there is looked at after it is written, and a collection is
/// emptied before it is deleted.
extension ChromaStore {
    /// Removes from new records what nobody wrote into them.
    ///
    /// - Parameter made: records that were not there, and the keys of metadata sent of each.
    func exorcise(
        _ made: [(id: RecordID, keys: Set<String>)], _ operation: String,
        until end: ContinuousClock.Instant, _ shape: ChromaShape
    ) async throws {
        guard !made.isEmpty, metadata.holdsLists else { return }
        do {
            let limit = max(.milliseconds(1), end - .now)
            let held = try await heldKeys(made.map(\.id.text), operation, limit, shape)
            var ghosts: [(id: RecordID, keys: [String])] = []
            for (id, keys) in made {
                let found = held[id]?.keys.subtracting(keys) ?? []
                let foreign = found.filter { !$0.hasPrefix("chroma:") }.sorted()
                if !foreign.isEmpty { ghosts.append((id, foreign)) }
            }
            if !ghosts.isEmpty { try await remove(ghosts, operation, until: end, shape) }
        } catch var error as StoreError {
            // The records are written.
            error.isDefinite = false
            throw error
        }
    }

    private func remove(
        _ ghosts: [(id: RecordID, keys: [String])], _ operation: String,
        until end: ContinuousClock.Instant, _ shape: ChromaShape
    ) async throws {
        try await server.call(
            operation, "POST", path(shape, "update"), .write,
            limit: max(.milliseconds(1), end - .now)
        ) { writer in
            writer.object { writer in
                writer.key("ids")
                writer.array { for ghost in ghosts { $0.write(ghost.id.text) } }
                writer.key("embeddings")
                writer.writeNull()
                writer.key("metadatas")
                writer.array { writer in
                    for ghost in ghosts {
                        let nulls = ghost.keys.map { ($0, JSONValue.null) }
                        writer.write(.object(JSONObject(uniqueKeysWithValues: nulls)))
                    }
                }
                writer.key("documents")
                writer.writeNull()
            }
        }
    }

    /// Deletes every record.
    func empty(_ shape: ChromaShape) async throws {
        let ids = try await list(.everything, "drop", shape)
        for some in ChromaServer.batches(ids) {
            try await remove(Array(some), "drop", within: patience, shape)
        }
    }
}
