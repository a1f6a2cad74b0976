import Foundation
import HTTPClient
import JSON
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
                // However slow the machine is.
                while .now < end || version <= 20 {
                    version += 1
                    let id = Self.keys[version % Self.keys.count]
                    try await store.upsert([record(id, version)])
                    if version % 3 == 0 { try await store.delete([id]) }
                }
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

    /// The server finds a collection's dimension before its records: of a read that begins before
    /// the first write and ends after it, it brings records without vectors.
    @Test func `a read beside a collection's first write fails never and misses no vector`()
        async throws
    {
        let place = try await ChromaFixture()
        let ids = "[\(Self.keys.map { "\"\($0.text)\"" }.joined(separator: ", "))]"
        for round in 0..<100 {
            let store = place.another { $0.collection = "round\(round)" }
            try await store.create(
                CollectionDescription(
                    name: "round\(round)", idKind: .text,
                    vectors: [VectorSpec(dimension: 2, distance: .l2)]))
            let made = try await place.client.request(
                "GET", "\(place.url)/collections/round\(round)")
            let id = try #require(try JSONDocument.parse(made.body).root["id"]?.string)
            try await withThrowingTaskGroup(of: [Record].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var read: [Record] = []
                        while read.isEmpty { read = try await store.get(Self.keys) }
                        return read
                    }
                }
                group.addTask {
                    // Past the store: without a look at what is there, which would be the first.
                    try await place.post(
                        "\(place.url)/collections/\(id)/upsert",
                        """
                        {"ids": \(ids), "embeddings": \(Self.keys.map { _ in [1, 1] }),
                         "metadatas": \(ids.replacing(/"k."/, with: "{\"version\": 1}")),
                         "documents": null}
                        """)
                    return []
                }
                for try await read in group { #expect(read.filter(isTorn).isEmpty) }
            }
            try await store.drop()
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
