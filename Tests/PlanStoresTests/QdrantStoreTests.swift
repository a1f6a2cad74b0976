import HTTPClient
import JSON
import PlanCore
import PlanStores
import TestServers
import Testing

/// What is Qdrant's own. Its engine stands behind our shim, which checks every request and answer
/// against Qdrant's public OpenAPI document.
@Suite struct QdrantStoreTests {
    static let spec = VectorSpec(dimension: 4, distance: .l2)

    static func description(_ vectors: [VectorSpec] = [spec]) -> CollectionDescription {
        CollectionDescription(name: "any", idKind: .intOrUUID, vectors: vectors)
    }

    @Test func `the shim refuses what the OpenAPI document does not have`() async throws {
        let fixture = try QdrantFixture()
        try await fixture.store.create(Self.description())
        for (path, body) in [
            ("/points/scroll", #"{"limit": 0}"#), ("/points/scroll", #"{"limits": 1}"#),
            ("/points/scroll?at=1", "{}"), ("/points/count", #"{"exact": 1}"#),
            ("/points/query", #"{"query": ["a"]}"#), ("/points/delete", #"{"points": [1.5]}"#),
        ] {
            let answer = try await fixture.send("POST", path, body)
            #expect(answer.status == 400, "\(path) \(body): \(answer.text)")
        }
        #expect(try await fixture.send("POST", "/points/scroll", #"{"limit": 1}"#).status == 200)
    }

    @Test func `named, sparse and missing vectors come back as they were`() async throws {
        let fixture = try QdrantFixture()
        let vectors = [
            VectorSpec(name: "text", dimension: 2, distance: .innerProduct),
            VectorSpec(name: "image", dimension: 3, distance: .manhattan),
            VectorSpec(name: "words", dimension: 0, distance: .innerProduct, isSparse: true),
        ]
        try await fixture.store.create(Self.description(vectors))
        let found = try #require(try await fixture.store.describe())
        #expect(found.vectors.map(\.name) == ["image", "text", "words"])
        #expect(found.vectors.map(\.dimension) == [3, 2, 0])
        #expect(found.vectors.map(\.isSparse) == [false, false, true])
        let records = [
            Record(
                id: .int(1),
                vectors: [
                    "text": .dense([1, 2]), "image": .dense([1, 2, 3]),
                    "words": .sparse(indices: [3, 70_000], values: [0.5, -1]),
                ]),
            Record(id: .int(2), vectors: ["text": .dense([2, 0.1])]),
            Record(id: .int(3), vectors: [:], payload: ["alone": true]),
        ]
        try await fixture.store.upsert(records)
        #expect(try await fixture.store.scan(.all, limit: 9) == records)
        // What an upsert leaves out is gone.
        let less = Record(id: .int(1), vectors: ["image": .dense([1, 2, 3])])
        try await fixture.store.upsert([less])
        #expect(try await fixture.store.get([.int(1)]) == [less])
        try await fixture.store.upsert([records[0]])
        let hits = try await fixture.store.search(
            Query(vector: .sparse(indices: [3], values: [2]), using: "words", k: 3))
        #expect(hits.map(\.record.id) == [.int(1)] && hits.first?.distance == -1)
        let near = try await fixture.store.search(
            Query(vector: .dense([1, 0]), using: "text", k: 1))
        #expect(near.map(\.record.id) == [.int(2)] && near.first?.distance == -2)
    }

    @Test func `ids reach from 0 to all of 64 bits and go on with UUIDs`() async throws {
        let fixture = try QdrantFixture()
        try await fixture.store.create(Self.description())
        let uuids = [
            "00000000-0000-0000-0000-000000000000", "0fffffff-ffff-ffff-ffff-ffffffffffff",
            "10000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ].compactMap(RecordID.init(uuid:))
        let ids =
            [.int(0), .int(9), .int(10), .int(.max), .large(1 << 63), .large(.max)] + uuids
        try await fixture.store.upsert(ids.shuffled().map { Samples.record($0) })
        #expect(try await fixture.store.scan(.all, limit: 99, .idsOnly).map(\.id) == ids)
        for (place, id) in ids.enumerated() {
            let rest = try await fixture.store.scan(.all, after: id, limit: 2, .idsOnly)
            #expect(rest.map(\.id) == Array(ids.dropFirst(place + 1).prefix(2)), "after \(id)")
            #expect(try await fixture.store.get([id], .idsOnly).map(\.id) == [id])
        }
        try await fixture.store.delete([.large(.max), uuids[3]])
        #expect(try await fixture.store.count(matching: .hasID(ids)) == ids.count - 2)
    }

    @Test func `a collection of another kind of id than the plan says is not read past`()
        async throws
    {
        let fixture = try QdrantFixture()
        try await fixture.store.create(Self.description())
        let uuid = try #require(RecordID(uuid: "10000000-0000-0000-0000-000000000000"))
        try await fixture.store.upsert([Samples.record(.int(1)), Samples.record(uuid)])
        let integers = fixture.another { $0.ids = .int }
        #expect(try await integers.describe()?.idKind == .int)
        let error = await #expect(throws: StoreError.self) {
            _ = try await integers.scan(.all, limit: 9)
        }
        #expect(error?.kind == .refused && error?.ids == [uuid])
    }

    @Test func `parameters of a collection are carried to another of Qdrant's`() async throws {
        let source = try QdrantFixture()
        let made = try await source.send(
            "PUT", "",
            """
            {"vectors": {"a": {"size": 4, "distance": "Cosine", "on_disk": true,
              "datatype": "float16", "hnsw_config": {"m": 24}}},
             "sparse_vectors": {"s": {"modifier": "idf"}}, "replication_factor": 2,
             "shard_number": 3, "on_disk_payload": false, "hnsw_config": {"ef_construct": 77},
             "quantization_config": {"scalar": {"type": "int8", "always_ram": true}},
             "optimizers_config": {"indexing_threshold": 1234}}
            """)
        #expect(made.status == 200, "\(made.text)")
        for body in [
            #"{"field_name": "city", "field_schema": {"type": "keyword", "is_tenant": true}}"#,
            #"{"field_name": "a.b", "field_schema": "integer"}"#,
            #"{"field_name": "\"odd name\"", "field_schema": "float"}"#,
            #"{"field_name": "tags[]", "field_schema": "keyword"}"#,
        ] {
            #expect(try await source.send("PUT", "/index?wait=true", body).status == 200)
        }
        let wanted = try #require(try await source.store.describe())
        #expect(wanted.payloadIndexes.map(\.field) == ["a.b", "city", "odd name", "tags[]"])
        let target = try QdrantFixture()
        try await target.store.create(wanted)
        var found = try #require(try await target.store.describe())
        found.name = wanted.name
        #expect(found == wanted)
        let shown = try await target.send("GET", "", "").text
        for part in [
            #""m":24"#, #""ef_construct":77"#, #""replication_factor":2"#, #""shard_number":3"#,
            #""on_disk":true"#, #""on_disk_payload":false"#, #""is_tenant":true"#, "int8", "idf",
            #""indexing_threshold":1234"#, "float16",
        ] {
            #expect(shown.contains(part), "\(part) in \(shown)")
        }
    }

    @Test func `an index is held back while a collection is loaded, then built`() async throws {
        let fixture = try QdrantFixture { $0.holdsIndexing = true }
        let store = fixture.store
        try await store.create(Self.description([VectorSpec(dimension: 64, distance: .l2)]))
        let index = IndexSpec(kind: "hnsw", parameters: ["m": 12, "ef_construction": 60])
        #expect(try await store.indexState(index) == .absent)
        var samples = Samples(seed: 5)
        try await store.upsert(
            (0..<2_000).map { Record(id: .int($0), vector: samples.vector(64)) })
        #expect(try await store.indexState(index) == .absent)
        try await store.createIndex(index)
        #expect(try await store.indexState(index) == .ready)
        try await store.createIndex(index)
        let shown = try await fixture.send("GET", "", "").text
        #expect(shown.contains(#""m":12"#) && shown.contains(#""ef_construct":60"#), "\(shown)")
        #expect(try await store.count() == 2_000)
        try await store.dropIndex(index)
        #expect(try await store.indexState(index) == .absent)
        // As the source has it, where the plan does not say otherwise.
        var plain = IndexSpec(kind: "hnsw")
        plain.settings = [
            "qdrant": [
                "hnsw_config": ["m": 20, "ef_construct": 44],
                "optimizers_config": ["indexing_threshold": 1_234],
            ]
        ]
        try await store.createIndex(plain)
        #expect(try await store.indexState(index) == .ready)
        let again = try await fixture.send("GET", "", "").text
        for part in [#""m":20"#, #""ef_construct":44"#, #""indexing_threshold":1234"#] {
            #expect(again.contains(part), "\(part) in \(again)")
        }
        let refused = await #expect(throws: StoreError.self) {
            try await store.createIndex(IndexSpec(kind: "ivfflat"))
        }
        #expect(refused?.kind == .unsupported)
    }

    @Test(arguments: [UInt64(4), 5])
    func `a filter means the same where fields are indexed`(seed: UInt64) async throws {
        let fixture = try QdrantFixture()
        var wanted = Self.description()
        wanted.payloadIndexes = [
            PayloadIndex(field: "a", kind: .keyword), PayloadIndex(field: "b", kind: .float),
            PayloadIndex(field: "it's", kind: .float), PayloadIndex(field: "naïve", kind: .bool),
            PayloadIndex(field: "a.b", kind: .text),
        ]
        try await fixture.store.create(wanted)
        var samples = Samples(seed: seed)
        let records = (0..<60).map { Samples.record(.int($0), samples.payload()) }
        try await fixture.store.upsert(records)
        for _ in 0..<200 {
            let filter = samples.filter()
            let expected = records.filter(filter.matches).map(\.id)
            let found = try await fixture.store.scan(
                .all, after: nil, limit: 100, matching: filter, .idsOnly)
            #expect(found.map(\.id) == expected, "seed \(seed): \(filter)")
            #expect(try await fixture.store.count(matching: filter) == expected.count)
        }
    }

    /// What is in such a field and no integer, Qdrant's own searches do not find either.
    @Test func `ranges over a field that is indexed as integers find its integers`() async throws {
        let fixture = try QdrantFixture()
        var wanted = Self.description()
        wanted.payloadIndexes = [PayloadIndex(field: "n", kind: .integer)]
        try await fixture.store.create(wanted)
        let records = (-20..<20).map { Samples.record(.int($0 + 20), ["n": .int($0)]) }
        try await fixture.store.upsert(records)
        for filter in [
            Filter.greater(field: "n", -3), .lessOrEqual(field: "n", 2.5),
            .equal(field: "n", 4), .notEqual(field: "n", 4), .anyOf(field: "n", [1, 2, 99]),
        ] {
            let found = try await fixture.store.scan(
                .all, after: nil, limit: 99, matching: filter, .idsOnly)
            #expect(found.map(\.id) == records.filter(filter.matches).map(\.id), "\(filter)")
        }
    }

    @Test func `a delete whose filter Qdrant cannot judge for all deletes nothing`() async throws {
        let fixture = try QdrantFixture()
        try await fixture.store.create(Self.description())
        let longer = Samples.record(.int(1), ["t": "a keepsake"])
        let exact = Samples.record(.int(2), ["t": ["keep"]])
        try await fixture.store.upsert([longer, exact])
        let filter = Filter.contains(field: "t", "keep")
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.store.delete(matching: filter)
        }
        #expect(error?.kind == .unsupported && error?.isDefinite == true)
        #expect(try await fixture.store.count() == 2)
        try await fixture.store.delete([.int(1)])
        #expect(try await fixture.store.delete(matching: filter) == nil)
        #expect(try await fixture.store.count() == 0)
    }

    @Test func `vectors of bytes take bytes only`() async throws {
        let fixture = try QdrantFixture()
        let made = try await fixture.send(
            "PUT", "",
            #"{"vectors": {"size": 2, "distance": "Euclid", "datatype": "uint8"}}"#)
        #expect(made.status == 200, "\(made.text)")
        let good = Record(id: .int(1), vector: [0, 255])
        try await fixture.store.upsert([good])
        #expect(try await fixture.store.get([.int(1)]) == [good])
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.upsert([Record(id: .int(2), vector: [0.5, 1])])
        }
        #expect(error?.kind == .refused && error?.ids == [.int(2)])
    }
}
