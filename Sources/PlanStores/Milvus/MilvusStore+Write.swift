import JSON
import PlanCore

extension MilvusStore {
    func put(
        _ records: [Record], atMost most: @Sendable (RequestSize) -> Int
    ) async throws {
        try await run("upsert") { shape in
            try self.check(records, "upsert", shape)
            try await self.batches(
                MilvusStore.latest(records), atMost: { most(self.writes) }
            ) { batch in
                try await self.locks.run(batch.map(\.id.canonical)) {
                    try await self.put(batch, "upsert", shape)
                }
            }
        }
    }

    /// Of one id several times the last counts.
    private static func latest(_ records: [Record]) -> [Record] {
        var latest: [RecordID: Record] = [:]
        for record in records { latest[record.id] = record }
        return latest.values.sorted { $0.id < $1.id }
    }

    private func check(
        _ records: [Record], _ operation: String, _ shape: MilvusShape
    ) throws {
        try checkUsable(shape, operation)
        var limits = capabilities
        limits.idBytesLimit = shape.isText ? shape.idBytesMax : limits.idBytesLimit
        try RecordChecks.check(
            records, in: shape.description, limits, store: kind, operation: operation)
        if let record = records.first(where: { MilvusShape.forbidden.contains($0.id) }) {
            throw server.error(
                .refused, "the id \(record.id.text) is none that milvus finds again", operation,
                ids: [record.id])
        }
        try checkDeclared(records, operation, shape)
    }

    /// The REST API passes over fields that the schema does not name, and its first version makes of
    /// a value what the schema wants (44 of 300, where that is an Int8) and an empty text of one that
    /// is missing; it says neither.
    private func checkDeclared(
        _ records: [Record], _ operation: String, _ shape: MilvusShape
    ) throws {
        if shape.isDynamic, shape.columns.isEmpty { return }
        let isFirst = server.knownVersion == .one
        let payload = MilvusPayload(shape)
        let reasons = records.compactMap { record in
            payload.misfit(record.payload, shape, isWhole: isFirst).map { (record.id, $0) }
        }
        guard let (_, reason) = reasons.first else { return }
        throw server.error(.refused, reason, operation, ids: reasons.map(\.0))
    }

    /// Once a batch is applied, an error of a later one does not say that nothing was done.
    private func batches<Item: Sendable>(
        _ items: [Item], atMost most: () -> Int, _ body: ([Item]) async throws -> Void
    ) async throws {
        var start = 0
        while start < items.count {
            let size = most()
            do {
                try await body(Array(items[start..<min(start + size, items.count)]))
            } catch var error as StoreError {
                if start > 0 { error.isDefinite = false }
                throw error
            }
            start += size
        }
    }

    private func writesByRPC(
        _ records: [Record], _ operation: String, _ shape: MilvusShape
    ) async throws -> Bool {
        let isFirst = try await server.version(operation) == .one
        // The first version of the REST API takes no value for a field of JSON (2.3.5), and refuses
        // what is sound.
        let isNeeded = isFirst && shape.columns.values.contains(.json)
        guard configuration.writesByRPC ?? isFirst else {
            if isNeeded { throw calls.refusal("is turned off by 'grpc: false'", operation) }
            return false
        }
        guard isNeeded || records.count >= configuration.recordsByRPC else { return false }
        if try await calls.isThere() { return true }
        if isNeeded { throw calls.refusal(nil, operation) }
        return false
    }

    private func put(
        _ records: [Record], _ operation: String, _ shape: MilvusShape
    ) async throws {
        let use = writes.use(records.count)
        if try await writesByRPC(records, operation, shape),
            let columns = MilvusColumns(records, shape)
        {
            var message = ProtobufWriter()
            if let database = configuration.database { message.write(2, database) }
            message.write(3, configuration.collection)
            columns.write(&message)
            if try await calls.upsert(message.bytes, operation, size: use) { return }
        }
        let payload = MilvusPayload(shape)
        _ = try await call(operation, ("upsert", "entities/upsert"), .write, size: use) {
            _, writer in
            writer.key("data")
            writer.array { writer in
                for record in records {
                    writer.object { writer in
                        writer.key(shape.id)
                        if case .int(let number) = record.id {
                            writer.write(number)
                        } else {
                            writer.write(record.id.text)
                        }
                        writer.key(shape.vector)
                        writer.write(record.vector ?? [])
                        payload.write(record.payload, &writer)
                    }
                }
            }
        }
    }

    /// Reads what is there, a staleness bound after the last write of this process, and puts the
    /// whole back: Milvus changes no parts.
    package func update(_ patches: [RecordPatch]) async throws -> [RecordID] {
        try await updateTelling(patches).absent
    }

    package func updateTelling(_ patches: [RecordPatch]) async throws -> UpdateResult {
        try await run("update") { shape in
            let merged = RecordPatch.merged(patches)
            return try await self.locks.run(merged.map(\.id.canonical)) {
                try await Task.sleep(for: self.configuration.stalenessBound)
                let held = Dictionary(
                    try await self.fetch(merged.map(\.id), .full, "update", shape)
                        .map { ($0.id, $0) }, uniquingKeysWith: { $1 })
                let patched = merged.compactMap { patch in
                    held[patch.id].map { patch.applied(to: $0) }
                }
                try self.check(patched, "update", shape)
                try await self.batches(patched, atMost: { self.writes.whole }) {
                    try await self.put($0, "update", shape)
                }
                return UpdateResult(
                    absent: merged.map(\.id).filter { held[$0] == nil }, written: patched)
            }
        }
    }

    package func delete(_ ids: [RecordID]) async throws {
        try await run("delete") { shape in
            let held = Set(ids).filter(shape.holds).sorted()
            try await self.batches(held, atMost: { MilvusStore.batchMax }) { batch in
                try await self.locks.run(batch.map(\.canonical)) {
                    try await self.remove(shape.among(batch))
                }
            }
        }
    }

    private func remove(_ expression: String) async throws {
        _ = try await call("delete", ("delete", "entities/delete"), .write) { _, writer in
            writer.key("filter")
            writer.write(expression)
        }
    }

    /// By the ids that satisfy it a staleness bound from now: this Milvus deletes by nothing else.
    package func delete(matching filter: Filter) async throws -> Int? {
        try await Task.sleep(for: configuration.stalenessBound)
        let ids = try await run("delete") { try await self.matching(filter, "delete", $0) }
        try await delete(ids)
        return ids.count
    }
}
