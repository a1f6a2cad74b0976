import Foundation
import JSON
import PlanCore
import PlanStores
import TestServers
import Testing

/// What lies in the folder: for other programs, for a copy of it, after a crash.
@Suite struct FilesStoreTests {
    private static let description = CollectionDescription(
        name: "products", idKind: .intOrText,
        vectors: [
            VectorSpec(name: "image", dimension: 3, distance: .l2),
            VectorSpec(name: "Wörter/1", dimension: 2, distance: .cosine),
            VectorSpec(name: "terms", dimension: 0, distance: .innerProduct, isSparse: true),
        ])

    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("numpy_files.py").path

    private static func record(_ id: RecordID, _ n: Int) -> Record {
        let base = Float(n)
        var vectors: [String: Vector] = ["image": .dense([base, 0.5, -1])]
        if n % 2 == 0 { vectors["Wörter/1"] = .dense([1, base]) }
        if n % 3 == 0 {
            vectors["terms"] = .sparse(indices: [1, UInt32(n) + 2], values: [0.25, base])
        }
        return Record(
            id: id, vectors: vectors, payload: ["n": .int(Int64(n)), "t": "a\nb\u{2028}"])
    }

    /// A collection that was written to in several turns, and what it holds.
    private static func written(_ fixture: FilesFixture) async throws -> [Record] {
        let store = fixture.store
        try await store.create(description)
        var live = (0..<40).map { record(.int(Int64($0)), $0) }
        try await store.upsert(live)
        await store.close()
        live[7] = record(.int(7), 1_007)
        live.append(record(.string("7"), 8))
        try await store.upsert([live[7], live[40]])
        try await store.delete([.int(3), .int(4), .int(99)])
        await store.close()
        try await store.delete([.int(7)])
        live[4] = record(.int(4), 44)
        try await store.upsert([live[4]])
        await store.close()
        return live.filter { $0.id != .int(3) && $0.id != .int(7) }
    }

    @Test func `a record keeps its named and sparse vectors, and those it lacks`() async throws {
        let fixture = FilesFixture()
        let live = try await Self.written(fixture)
        #expect(try await fixture.another().scan(.all, limit: 99) == live)
        #expect(try await fixture.another().describe() == Self.description)
        let query = Query(
            vector: .sparse(indices: [1, 20], values: [1, 2]), using: "terms", k: 2,
            includeVectors: true)
        let hits = try await fixture.store.search(query)
        #expect(hits.map(\.record.id) == [.int(18), .int(0)])
        #expect(hits.first?.distance == -36.25 && hits.first?.record == live[16])
    }

    @Test func `a closed collection is read by NumPy as it is here`() async throws {
        let fixture = FilesFixture()
        let live = try await Self.written(fixture)
        let printed = try PythonScript.run(Self.script, ["read", fixture.collection])
        var found: [RecordID: JSONValue] = [:]
        for line in printed.split(separator: "\n") {
            let value = try JSON.parse(String(line))
            guard case .array(let parts) = value else { continue }
            if case .int(let id) = parts[0] { found[.int(id)] = value }
            if case .string(let id) = parts[0] { found[.string(id)] = value }
        }
        #expect(found.count == live.count)
        for record in live {
            var vectors: JSONObject = [:]
            for (name, vector) in record.vectors {
                switch vector {
                case .dense(let values):
                    vectors[name] = .array(values.map { .double(Double($0)) })
                case .sparse(let indices, let values):
                    vectors[name] = [
                        "indices": .array(indices.map { .int(Int64($0)) }),
                        "values": .array(values.map { .double(Double($0)) }),
                    ]
                }
            }
            let id: JSONValue = record.id == .string("7") ? "7" : .int(Int64(record.id.text) ?? -1)
            let wanted: JSONValue = .array([id, .object(vectors), .object(record.payload)])
            #expect(found[record.id]?.isJSONEqual(to: wanted) == true, "\(record.id)")
        }
    }

    @Test func `a collection that NumPy made is one`() async throws {
        let fixture = FilesFixture()
        _ = try PythonScript.run(Self.script, ["write", fixture.collection, "3000"])
        let store = fixture.store
        #expect(try await store.describe()?.vectors == [VectorSpec(dimension: 4, distance: .l2)])
        #expect(try await store.count() == 3_000)
        let wanted = Record(
            id: .int(2_999), vector: [11_996, 11_997, 11_998, 11_999], payload: ["n": 2_999])
        #expect(try await store.get([.int(2_999)]) == [wanted])
        let hits = try await store.search(Query(vector: .dense([400, 401, 402, 403]), k: 1))
        #expect(hits.map(\.record.id) == [.int(100)] && hits.first?.distance == 0)
        try await store.upsert([Record(id: .int(5), vector: [1, 2, 3, 4])])
        await store.close()
        #expect(try await fixture.another().count(matching: .exists(field: "n")) == 2_999)
    }

    @Test func `a copy without the index holds the same, and is another collection`()
        async throws
    {
        let fixture = FilesFixture()
        let live = try await Self.written(fixture)
        let copy = fixture.another { $0.collection = "copy" }
        try FileManager.default.createDirectory(
            atPath: fixture.folder + "/copy", withIntermediateDirectories: true)
        for name in try fixture.names where !name.hasPrefix("index") {
            try FileManager.default.copyItem(
                atPath: "\(fixture.collection)/\(name)", toPath: "\(fixture.folder)/copy/\(name)")
        }
        #expect(try await copy.scan(.all, limit: 99) == live)
        #expect(try await copy.identity() != fixture.store.identity())
        // What is written to it goes after the parts that are there.
        try await copy.delete([.int(0)])
        try await copy.upsert([Self.record(.int(3), 3)])
        await copy.close()
        let ids = try await copy.scan(.all, limit: 99, .idsOnly).map(\.id)
        #expect(Set(ids) == Set(live.map(\.id)).subtracting([.int(0)]).union([.int(3)]))
    }

    @Test func `what nobody closed is in the index, and a copy without it is refused`()
        async throws
    {
        let fixture = FilesFixture()
        let live = try await Self.written(fixture)
        let more = Self.record(.int(1_000), 5)
        try await fixture.store.upsert([more])
        #expect(try fixture.text("manifest.json").contains("\"complete\":false"))
        #expect(try await fixture.another().get([more.id]) == [more])
        #expect(try await fixture.another().count() == live.count + 1)
        for name in try fixture.names where name.hasPrefix("index") {
            try FileManager.default.removeItem(atPath: "\(fixture.collection)/\(name)")
        }
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.another().count()
        }
        #expect(error?.kind == .corrupt && error?.message.contains("index") == true)
    }

    @Test func `a manifest that a crash left behind is no harm`() async throws {
        let fixture = FilesFixture()
        let live = try await Self.written(fixture)
        let before = try fixture.text("manifest.json")
        try await fixture.store.upsert([Self.record(.int(2_000), 6)])
        await fixture.store.close()
        try before.write(
            toFile: fixture.collection + "/manifest.json", atomically: true, encoding: .utf8)
        try "torn".write(
            toFile: fixture.collection + "/part-000099.jsonl", atomically: true, encoding: .utf8)
        #expect(try await fixture.another().count() == live.count + 1)
        let writer = fixture.another()
        try await writer.delete([.int(2_000)])
        await writer.close()
        #expect(try fixture.text("manifest.json") != before)
        #expect(try await fixture.another().scan(.all, limit: 99) == live)
    }

    @Test func `what was written over is swept away, under those who read`() async throws {
        let fixture = FilesFixture { $0.tailBytesMax = 10_000 }
        let store = fixture.store
        try await store.create(Self.description)
        let reader = fixture.another()
        for round in 0..<6 {
            try await store.upsert((0..<300).map { Self.record(.int(Int64($0)), $0 + round) })
            #expect(try await reader.get([.int(1)]) == [Self.record(.int(1), 1 + round)])
        }
        await store.close()
        let wanted = (0..<300).map { Self.record(.int(Int64($0)), $0 + 5) }
        #expect(try await reader.scan(.all, limit: 999) == wanted)
        #expect(try await fixture.another().scan(.all, limit: 999) == wanted)
        let parts = try fixture.names.filter { $0.hasPrefix("part-") }
        #expect(parts.count == 3, "\(parts)")
        #expect(try fixture.text("manifest.json").contains("\"rows\":300"))
    }

    @Test func `a compaction cuts parts at their limit`() async throws {
        let fixture = FilesFixture { $0.partRowsMax = 100 }
        let store = fixture.store
        try await store.create(Self.description)
        for round in 0..<3 {
            try await store.upsert((0..<250).map { Self.record(.int(Int64($0)), $0 + round) })
            await store.close()
        }
        #expect(try fixture.names.count { $0.hasSuffix(".image.npy") } == 3)
        #expect(try await fixture.another().count(matching: .greaterOrEqual(field: "n", 2)) == 250)
    }
}
