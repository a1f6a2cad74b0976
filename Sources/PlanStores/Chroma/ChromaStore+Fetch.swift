import JSON
import PlanCore
import Synchronization

extension ChromaStore {
    /// Before each further try of a read that the server gives up for what passes by itself.
    private static let pauses: [Duration] = [5, 10, 20, 40, 80, 160].map { .milliseconds($0) }

    /// The records of these ids, absent ones left out, in no order. Of what this process writes
    /// meanwhile each is as it was before or as it is after; of another process's writes, as the
    /// server has it (see `ChromaReadWatch`).
    func fetch(
        _ ids: [String], _ parts: Parts, _ operation: String, _ shape: ChromaShape
    ) async throws -> [Record] {
        var found: [Record] = []
        var start = 0
        while start < ids.count {
            let most = parts.names.isEmpty ? ChromaServer.batchMax : reads.records
            let some = Array(ids[start..<min(start + most, ids.count)])
            start += most
            guard parts.vectors else {
                found += try await once(some, parts, operation, configuration.http.deadline, shape)
                continue
            }
            let (records, writes) = try await writer.watch.reading {
                try await self.whole(operation, within: self.configuration.http.deadline) {
                    try await self.once(some, parts, operation, $0, shape)
                }
            }
            let disturbed = writes.among(Set(some.map(shape.recordID)))
            found += records.filter { !disturbed.contains($0.id) }
            if !disturbed.isEmpty {
                found += try await inTurn { limit in
                    try await self.whole(operation, within: limit) {
                        try await self.once(
                            disturbed.map(\.text).sorted(), parts, operation, $0, shape)
                    }
                }
            }
        }
        return found
    }

    /// A read that may be made again: a record that is deleted while it is read fails the request,
    /// and so does a graph that is on its way to disk.
    ///
    /// - Parameter limit: of all tries together; each is told what is left of it.
    func whole<Value>(
        _ operation: String, within limit: Duration, _ read: (Duration) async throws -> Value
    ) async throws -> Value {
        let end = ContinuousClock.now + limit
        for pause in ChromaStore.pauses + [nil] {
            do {
                return try await read(end - .now)
            } catch let error as StoreError where ChromaServer.passes(error) {
                guard let pause, .now + pause < end else {
                    if error.message.contains(ChromaServer.goneRecord) { break }
                    throw error
                }
                try await Task.sleep(for: pause)
            }
        }
        throw server.error(.busy, "records keep going away under the read; try again", operation)
    }

    /// Between this process's writes.
    ///
    /// - Parameter read: is told how long it may take.
    func inTurn<Value: Sendable>(
        _ read: @escaping @Sendable (Duration) async throws -> Value
    ) async throws -> Value {
        let found = Mutex<Value?>(nil)
        _ = try await writer.write(
            ChromaWriter.Job(kind: .get, items: []) { limit in
                let value = try await read(limit)
                found.withLock { $0 = value }
            })
        guard let value = found.withLock({ $0 }) else { throw CancellationError() }
        return value
    }

    private func once(
        _ ids: [String], _ parts: Parts, _ operation: String, _ limit: Duration,
        _ shape: ChromaShape
    ) async throws -> [Record] {
        let root = try await columns(ids, parts.names, operation, within: limit, shape)
        return try records(
            (root["ids"], root["embeddings"], root["metadatas"], root["documents"]), parts,
            operation, shape)
    }
}
