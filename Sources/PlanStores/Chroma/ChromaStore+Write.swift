import FoundationEssentials
import JSON
import PlanCore

extension ChromaStore {
    package func upsert(_ records: [Record]) async throws {
        try await run("upsert") { shape in
            // Of one id several times the last counts: the server would merge them.
            var latest: [RecordID: Record] = [:]
            for record in records { latest[record.id] = record }
            let records = latest.values.sorted { $0.id < $1.id }
            try self.check(records, shape)
            try await self.batches(records, "upsert") { batch in
                try await self.locks.run(batch.map(\.id.text)) {
                    try await self.replace(batch, shape)
                }
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
        _ items: [Item], _ operation: String, _ body: ([Item]) async throws -> Void
    ) async throws {
        let size = try await server.limits(operation).batch
        for start in stride(from: 0, to: items.count, by: size) {
            do {
                try await body(Array(items[start..<min(start + size, items.count)]))
            } catch var error as StoreError {
                if start > 0 { error.isDefinite = false }
                throw error
            }
        }
    }

    private func replace(_ records: [Record], _ shape: ChromaShape) async throws {
        let held = try await heldKeys(records.map(\.id.text), "upsert", shape)
        let changes = records.map { record in
            Change(
                id: record.id.text, vector: record.vectors.values.first?.dense,
                set: record.payload, remove: [], held: held[record.id], replaces: true)
        }
        try await send(changes, "upsert", shape)
    }

    package func update(_ patches: [RecordPatch]) async throws -> [RecordID] {
        try await run("update") { shape in
            let merged = RecordPatch.merged(patches)
            try self.check(merged, shape)
            let absent = Absent()
            try await self.batches(merged, "update") { batch in
                try await self.locks.run(batch.map(\.id.text)) {
                    let fitting = batch.filter {
                        shape.description.idKind.normalize($0.id) == $0.id
                    }
                    let held = try await self.heldKeys(fitting.map(\.id.text), "update", shape)
                    absent.ids += batch.map(\.id).filter { held[$0] == nil }
                    let changes = fitting.filter { held[$0.id] != nil }.map { patch in
                        Change(
                            id: patch.id.text, vector: patch.vectors.values.first?.dense,
                            set: patch.set, remove: patch.remove, held: held[patch.id],
                            replaces: false)
                    }
                    if !changes.isEmpty { try await self.send(changes, "update", shape) }
                }
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
            let texts = Set(ids).filter { shape.description.idKind.normalize($0) == $0 }.sorted()
                .map(\.text)
            try await self.batches(texts, "delete") { batch in
                try await self.server.call(
                    "delete", "POST", self.path(shape, "delete"), .write
                ) { writer in
                    writer.object { writer in
                        writer.key("ids")
                        writer.array { for id in batch { $0.write(id) } }
                    }
                }
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
