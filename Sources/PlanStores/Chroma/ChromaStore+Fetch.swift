import JSON
import PlanCore
import Synchronization

extension ChromaStore {
    /// How often a read is tried that the server gives up because records go away under it.
    private static let tries = 5

    /// The records of these ids, absent ones left out, in no order. Of what this process writes
    /// meanwhile each is as it was before or as it is after; of another process's writes, as the
    /// server has it (see `ChromaReadWatch`).
    func fetch(
        _ ids: [String], _ parts: Parts, _ operation: String, _ shape: ChromaShape
    ) async throws -> [Record] {
        var found: [Record] = []
        for start in stride(from: 0, to: ids.count, by: ChromaServer.batchMax) {
            let some = Array(ids[start..<min(start + ChromaServer.batchMax, ids.count)])
            guard parts.vectors else {
                found += try await once(some, parts, operation, shape)
                continue
            }
            let (records, disturbed) = try await writer.watch.reading(
                Set(some.map(shape.recordID))
            ) {
                try await self.whole(operation) {
                    try await self.once(some, parts, operation, shape)
                }
            }
            found += records.filter { !disturbed.contains($0.id) }
            if !disturbed.isEmpty {
                found += try await inTurn(disturbed.sorted(), parts, operation, shape)
            }
        }
        return found
    }

    /// A read that may be made again: a record that is deleted while it is read fails the request.
    func whole<Value>(
        _ operation: String, _ read: () async throws -> Value
    ) async throws -> Value {
        for _ in 0..<ChromaStore.tries {
            do {
                return try await read()
            } catch let error as StoreError where error.message.contains(ChromaServer.goneRecord) {
                continue
            }
        }
        throw server.error(.busy, "records keep going away under the read; try again", operation)
    }

    /// Between this process's writes.
    private func inTurn(
        _ ids: [RecordID], _ parts: Parts, _ operation: String, _ shape: ChromaShape
    ) async throws -> [Record] {
        let found = Mutex<[Record]>([])
        _ = try await writer.write(
            ChromaWriter.Job(kind: .get, items: []) { limit in
                let records = try await self.whole(operation) {
                    try await self.once(ids.map(\.text), parts, operation, shape, within: limit)
                }
                found.withLock { $0 = records }
            })
        return found.withLock { $0 }
    }

    private func once(
        _ ids: [String], _ parts: Parts, _ operation: String, _ shape: ChromaShape,
        within limit: Duration? = nil
    ) async throws -> [Record] {
        let root = try await server.call(
            operation, "POST", path(shape, "get"), limit: limit
        ) { writer in
            writer.object { writer in
                writer.key("ids")
                writer.array { for id in ids { $0.write(id) } }
                writer.key("include")
                writer.array { for name in parts.names { $0.write(name) } }
            }
        }.root
        return try records(
            (root["ids"], root["embeddings"], root["metadatas"], root["documents"]), parts,
            operation, shape)
    }
}
