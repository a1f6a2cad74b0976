import PlanCore

extension FilesStore {
    package func upsert(_ records: [Record]) async throws {
        try await writer.write("upsert") { index in
            try self.check(records, index, "upsert")
            var bytes = 0
            for record in records { bytes += try index.upsert(record) }
            return ((), bytes)
        }
    }

    private func check(_ records: [Record], _ index: FilesIndex, _ operation: String) throws {
        try RecordChecks.check(
            records, in: index.description, capabilities, store: kind, operation: operation)
    }

    package func update(_ patches: [RecordPatch]) async throws -> [RecordID] {
        try await writer.write("update") { index in
            var absent: [RecordID] = []
            var bytes = 0
            for patch in patches {
                guard let held = try index.get(patch.id, .full) else {
                    absent.append(patch.id)
                    continue
                }
                let patched = patch.applied(to: held)
                try self.check([patched], index, "update")
                bytes += try index.upsert(patched)
            }
            return (absent, bytes)
        }
    }

    package func delete(_ ids: [RecordID]) async throws {
        try await writer.write("delete") { index in
            for id in ids { try index.delete(id) }
            return ((), 0)
        }
    }

    package func delete(matching filter: Filter) async throws -> Int? {
        try await writer.write("delete") { index in
            var doomed: [RecordID] = []
            try index.walk(.all) { entry in
                if filter.matches(try index.record(entry, .withoutVectors)) {
                    doomed.append(entry.id)
                }
                return true
            }
            for id in doomed { try index.delete(id) }
            return (doomed.count, 0)
        }
    }
}
