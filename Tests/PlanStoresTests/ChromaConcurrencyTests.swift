import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// Reads while the same records are written and deleted.
@Suite struct ChromaConcurrencyTests {
    private static let keys = (0..<8).map { RecordID.string("k\($0)") }

    private func record(_ id: RecordID, _ version: Int) -> Record {
        Record(id: id, vector: [Float(version), 1], payload: ["version": .int(Int64(version))])
    }

    private func isTorn(_ record: Record) -> Bool {
        record.payload["version"] != record.vector.map { .int(Int64($0[0])) }
    }

    @Test func `a read beside writes and deletes fails never and pairs no two versions`()
        async throws
    {
        let place = try await ChromaFixture()
        let store = place.store
        try await store.create(
            CollectionDescription(
                name: "products", idKind: .text, vectors: [VectorSpec(dimension: 2, distance: .l2)])
        )
        let end = ContinuousClock.now + .seconds(4)
        try await withThrowingTaskGroup(of: [Record].self) { group in
            group.addTask {
                var version = 0
                while .now < end {
                    version += 1
                    let id = Self.keys[version % Self.keys.count]
                    try await store.upsert([record(id, version)])
                    if version % 3 == 0 { try await store.delete([id]) }
                }
                #expect(version > 20)
                return []
            }
            for reader in 0..<4 {
                group.addTask {
                    var torn: [Record] = []
                    while .now < end {
                        let read =
                            reader == 0
                            ? try await store.scan(.all, after: nil, limit: 10)
                            : try await store.get(Self.keys)
                        torn += read.filter(isTorn)
                    }
                    return torn
                }
            }
            for try await torn in group { #expect(torn.isEmpty) }
        }
    }

    @Test func `a search that brings vectors back outlives deletes`() async throws {
        let place = try await ChromaFixture()
        let store = place.store
        try await store.create(
            CollectionDescription(
                name: "products", idKind: .text, vectors: [VectorSpec(dimension: 2, distance: .l2)])
        )
        try await store.upsert(Self.keys.map { record($0, 1) })
        let end = ContinuousClock.now + .seconds(3)
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                while .now < end {
                    try await store.delete(Array(Self.keys[1...4]))
                    try await store.upsert(Self.keys[1...4].map { record($0, 2) })
                }
                return 1
            }
            for _ in 0..<3 {
                group.addTask {
                    var count = 0
                    while .now < end {
                        let hits = try await store.search(
                            Query(vector: .dense([1, 1]), k: 8, includeVectors: true))
                        count += hits.isEmpty ? 0 : 1
                    }
                    return count
                }
            }
            for try await count in group { #expect(count > 0) }
        }
    }
}
