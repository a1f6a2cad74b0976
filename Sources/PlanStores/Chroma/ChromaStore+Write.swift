import JSON
import PlanCore

extension ChromaStore {
    func put(
        _ records: [Record], atMost most: @Sendable (RequestSize) -> Int
    ) async throws {
        try await run("upsert") { shape in
            // Of one id several times the last counts: the server would merge them.
            var latest: [RecordID: Record] = [:]
            for record in records { latest[record.id] = record }
            let records = latest.values.sorted { $0.id < $1.id }
            try self.check(records, shape)
            let items = records.map { record in
                ChromaWriter.Item(
                    id: record.id, vector: record.vectors.values.first?.dense, set: record.payload)
            }
            try await self.batches(items, "upsert", atMost: { most(self.writes) }) { batch in
                _ = try await self.writer.write(.init(kind: .upsert, items: batch))
            }
        }
    }

    private func check(_ records: [Record], _ shape: ChromaShape) throws {
        var description = shape.description
        // An empty collection says no dimension: the first record brings it.
        if let spec = description.vectors.first, spec.dimension == 0 {
            description.vectors[0].dimension = records.first?.vectors[spec.name]?.count ?? 0
        }
        try RecordChecks.check(
            records, in: description, capabilities, store: kind, operation: "upsert")
    }

    /// Once a batch is applied, an error of a later one does not say that nothing was done.
    private func batches<Item: Sendable>(
        _ items: [Item], _ operation: String, atMost most: () -> Int,
        _ body: ([Item]) async throws -> Void
    ) async throws {
        let limit = try await server.limits(operation).batch
        var start = 0
        while start < items.count {
            let size = min(limit, most())
            do {
                try await body(Array(items[start..<min(start + size, items.count)]))
            } catch var error as StoreError {
                if start > 0 { error.isDefinite = false }
                throw error
            }
            start += size
        }
    }

    package func update(_ patches: [RecordPatch]) async throws -> [RecordID] {
        try await run("update") { shape in
            let merged = RecordPatch.merged(patches)
            try self.check(merged, shape)
            let isHeld = { (id: RecordID) in shape.description.idKind.normalize(id) == id }
            let absent = Absent()
            absent.ids += merged.map(\.id).filter { !isHeld($0) }
            let items = merged.filter { isHeld($0.id) }.map { patch in
                ChromaWriter.Item(
                    id: patch.id, vector: patch.vectors.values.first?.dense, set: patch.set,
                    clears: patch.clears, remove: patch.remove)
            }
            try await self.batches(items, "update", atMost: { self.writes.whole }) { batch in
                absent.ids += try await self.writer.write(.init(kind: .update, items: batch))
            }
            return absent.ids.sorted()
        }
    }

    private final class Absent {
        var ids: [RecordID] = []
    }

    private func check(_ patches: [RecordPatch], _ shape: ChromaShape) throws {
        for patch in patches {
            for (name, vector) in patch.vectors.sorted(by: { $0.key < $1.key }) {
                let label = name.isEmpty ? "the vector" : "the vector '\(name)'"
                var problem: String?
                if let spec = shape.description.vector(name) {
                    if vector.dense == nil || vector.count != spec.dimension {
                        problem =
                            "\(label) has \(vector.count) entries where \(spec.dimension) belong"
                    } else if !vector.isFinite {
                        problem = "\(label) holds NaN or an infinity"
                    }
                } else {
                    problem = "\(label) is none that the collection has"
                }
                if let problem {
                    throw server.error(.refused, problem, "update", ids: [patch.id])
                }
            }
        }
    }

    package func delete(_ ids: [RecordID]) async throws {
        try await run("delete") { shape in
            let items = Set(ids).filter { shape.description.idKind.normalize($0) == $0 }.sorted()
                .map { ChromaWriter.Item(id: $0) }
            try await self.batches(items, "delete", atMost: { .max }) { batch in
                _ = try await self.writer.write(.init(kind: .delete, items: batch))
            }
        }
    }

    /// By the server where it can test the filter, or else by the ids that satisfy it now.
    package func delete(matching filter: Filter) async throws -> Int? {
        let rendered = ChromaFilter(filter, documentField: configuration.documentField)
        guard rendered.isExact, rendered.ids == nil, let text = rendered.condition.text else {
            let ids = try await run("delete") { try await self.matching(filter, "delete", $0) }
            try await delete(ids)
            return ids.count
        }
        return try await run("delete") { shape in
            try await self.writer.watch.writing(nil) {
                let root = try await self.server.call(
                    "delete", "POST", self.path(shape, "delete"), .write
                ) { writer in
                    writer.object { writer in
                        writer.key("where")
                        writer.write(text)
                    }
                }.root
                return root["deleted"]?.int
            }
        }
    }
}
