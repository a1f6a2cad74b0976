import JSON
import PlanCore
import QdrantFormat

extension QdrantStore {
    /// A request's records and bytes, at most: the server takes 32 MB unless told otherwise.
    static let upsertLimit = 1_000
    static let upsertBytes = 8 << 20

    /// Parallel writes to one point are not ordered (qdrant issue 1374); over several replicas
    /// one of them decides.
    func applied(_ shape: QdrantShape) -> String {
        shape.replicas > 1 ? "wait=true&ordering=strong" : "wait=true"
    }

    func put(
        _ records: [Record], atMost most: @Sendable (RequestSize) -> Int
    ) async throws {
        let records = PostgresStore.lastOfEach(records)
        guard !records.isEmpty else { return }
        try await run("upsert") { shape in
            try self.check(records, shape)
            let path = self.path("/points", self.applied(shape))
            var done = 0
            while done < records.count {
                var body = JSONWriter()
                let start = done
                done = self.write(records, from: start, atMost: most(self.writes), to: &body)
                let call = HTTPChannel.Call(
                    "upsert", "PUT", path, body: body.bytes, .write,
                    size: self.writes.use(done - start))
                do {
                    try await self.api.change(call, isAtomic: records.count == 1)
                } catch var error as StoreError where start > 0 {
                    // Earlier parts of the batch are there.
                    error.isDefinite = false
                    throw error
                }
            }
        }
    }

    /// Writes as many as one request takes; the index after the last.
    private func write(
        _ records: [Record], from start: Int, atMost most: Int, to writer: inout JSONWriter
    ) -> Int {
        var next = start
        writer.object { writer in
            if let key = configuration.shardKey {
                writer.key("shard_key")
                writer.write(key)
            }
            writer.key("points")
            writer.array { writer in
                while next < records.count, next - start < most,
                    writer.bytes.count < QdrantStore.upsertBytes
                {
                    QdrantPoint.write(records[next], to: &writer)
                    next += 1
                }
            }
        }
        return next
    }

    private func check(_ records: [Record], _ shape: QdrantShape) throws {
        try RecordChecks.check(
            records, in: shape.description, capabilities, store: kind, operation: "upsert")
        if shape.bytes.isEmpty { return }
        let misfits = records.filter { !shape.holdsBytes($0.vectors) }.map(\.id)
        guard misfits.isEmpty else {
            throw api.failure.error(
                .refused, "a vector of bytes takes whole numbers from 0 to 255", "upsert",
                ids: misfits)
        }
    }

    package func delete(_ ids: [RecordID]) async throws {
        let possible = Set(ids).filter(QdrantPoint.couldBe).sorted()
        guard !ids.isEmpty else { return }
        try await run("delete") { shape in
            let body = self.request { $0["points"] = .array(possible.map(QdrantPoint.json)) }
            try await self.api.change(
                .init(
                    "delete", "POST", self.path("/points/delete", self.applied(shape)), body: body,
                    .write),
                isAtomic: possible.count <= 1)
        }
    }

    /// Nothing is counted there.
    package func delete(matching filter: Filter) async throws -> Int? {
        try await run("delete") { shape in
            let bounds = QdrantFilter(filter)
            if !bounds.isExact {
                var isSeen = false
                try await self.eachDoubtful(bounds, shape, "delete") { record in
                    isSeen = filter.matches(record)
                    return !isSeen
                }
                // By their ids they would go even where they were changed meanwhile.
                if isSeen {
                    throw self.api.failure.error(
                        .unsupported,
                        "qdrant cannot judge this filter itself for all records; delete by ids, or "
                            + "ask for whole values", "delete")
                }
            }
            let body = self.request { body in
                body["filter"] = bounds.lower.filter ?? ["must": []]
            }
            try await self.api.change(
                .init(
                    "delete", "POST", self.path("/points/delete", self.applied(shape)), body: body,
                    .write),
                isAtomic: false)
            return nil
        }
    }

    /// In one request, but not as one change: an error leaves it applied in part.
    package func update(_ patches: [RecordPatch]) async throws -> [RecordID] {
        let patches = RecordPatch.merged(patches)
        guard !patches.isEmpty else { return [] }
        return try await run("update") { shape in
            for patch in patches { try self.check(patch, shape) }
            let present = Set(try await self.get(patches.map(\.id), .idsOnly).map(\.id))
            var operations: [JSONValue] = []
            for patch in patches where present.contains(patch.id) {
                operations += try self.operations(patch)
            }
            if !operations.isEmpty {
                var writer = JSONWriter()
                writer.write(["operations": .array(operations)])
                try await self.api.change(
                    .init(
                        "update", "POST", self.path("/points/batch", self.applied(shape)),
                        body: writer.bytes, .write),
                    isAtomic: operations.count == 1)
            }
            return patches.map(\.id).filter { !present.contains($0) }
        }
    }

    private func check(_ patch: RecordPatch, _ shape: QdrantShape) throws {
        let asRecord = Record(id: patch.id, vectors: patch.vectors, payload: patch.set)
        // An id that cannot be there is absent, which is no error.
        guard QdrantPoint.couldBe(patch.id) else { return }
        try check([asRecord], shape)
        for field in patch.remove where QdrantPath.quoted(field) == nil {
            throw api.failure.error(
                .unsupported,
                "qdrant has no way to name the field '\(field)' for its removal; write the whole "
                    + "record", "update", ids: [patch.id])
        }
    }

    /// Fields go by a filter on the id, which leaves a point that is gone meanwhile alone.
    private func operations(_ patch: RecordPatch) throws -> [JSONValue] {
        let mine = QdrantCondition.hasID([patch.id]).filter ?? [:]
        var operations: [JSONValue] = []
        func add(_ name: String, _ fields: JSONObject) {
            var fields = fields
            if let key = configuration.shardKey { fields["shard_key"] = .string(key) }
            operations.append([name: .object(fields)])
        }
        let paths = patch.remove.compactMap(QdrantPath.quoted)
        if !paths.isEmpty, !patch.clears {
            add("delete_payload", ["keys": .array(paths.map { .string($0) }), "filter": mine])
        }
        if patch.clears {
            add("overwrite_payload", ["payload": .object(patch.set), "filter": mine])
        } else if !patch.set.isEmpty {
            add("set_payload", ["payload": .object(patch.set), "filter": mine])
        }
        if !patch.vectors.isEmpty {
            var writer = JSONWriter()
            QdrantPoint.write(patch.vectors, to: &writer)
            let vector = try JSONDocument.parse(writer.bytes).root.value
            add(
                "update_vectors",
                ["points": [["id": QdrantPoint.json(patch.id), "vector": vector]]])
        }
        return operations
    }
}

extension QdrantShape {
    func holdsBytes(_ vectors: [String: Vector]) -> Bool {
        vectors.allSatisfy { name, vector in
            guard bytes.contains(name), let floats = vector.dense else { return true }
            return floats.allSatisfy { $0.rounded() == $0 && (0...255).contains($0) }
        }
    }
}
