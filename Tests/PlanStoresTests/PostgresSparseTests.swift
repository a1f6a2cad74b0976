import PlanCore
import PlanStores
import Postgres
import TestServers
import Testing

/// Columns of pgvector's `sparsevec`.
@Suite struct PostgresSparseTests {
    private static let description = CollectionDescription(
        name: "products", idKind: .int,
        vectors: [
            VectorSpec(dimension: 2, distance: .l2),
            VectorSpec(name: "words", dimension: 0, distance: .innerProduct, isSparse: true),
        ])

    private static func record(_ id: Int64) -> Record {
        let place = UInt32(id)
        return Record(
            id: .int(id),
            vectors: [
                "": .dense([Float(id), 1]),
                "words": .sparse(
                    indices: [place, 70_000 + place, 999_999_999], values: [0.5, -1, Float(id)]),
            ], payload: ["n": .int(id)])
    }

    private func place() async throws -> PostgresFixture {
        let fixture = try PostgresFixture {
            $0.vectorColumns = ["": "embedding", "words": "words"]
        }
        try await fixture.store.create(Self.description)
        return fixture
    }

    @Test(arguments: [false, true])
    func `sparse vectors come back as they were, by either way in`(byCopy: Bool) async throws {
        let store = try await place().store
        #expect(try await store.describe()?.vectors == Self.description.vectors)
        let records = (1...40).map { Self.record($0) }
        try await store.upsert(records, byCopy: byCopy)
        #expect(try await store.scan(.all, after: nil, limit: 100) == records)
        try await store.load((41...140).map { Self.record($0) })
        #expect(try await store.get([.int(100)]) == [Self.record(100)])
        let patch = Vector.sparse(indices: [7], values: [2])
        _ = try await store.update([RecordPatch(id: .int(1), vectors: ["words": patch])])
        #expect(try await store.get([.int(1)]).first?.vectors["words"] == patch)
        #expect(try await store.get([.int(1)]).first?.vectors[""] == .dense([1, 1]))
    }

    @Test func `what says nothing is not kept, and agrees with what kept it`() async throws {
        let store = try await place().store
        let empty = Vector.sparse(indices: [], values: [])
        var records = [Self.record(1), Self.record(2)]
        records[0].vectors["words"] = .sparse(indices: [3, 4], values: [0, 1])
        records[1].vectors["words"] = .sparse(indices: [9], values: [0])
        try await store.upsert(records)
        let held = try await store.get([.int(1), .int(2)]).map(\.vectors["words"])
        #expect(Set(held) == [.sparse(indices: [4], values: [1]), empty])
        for (record, vector) in zip(records, held.sorted { ($0?.count ?? 0) > ($1?.count ?? 0) }) {
            let sent = try #require(record.vectors["words"])
            #expect(Fidelity.exact.agree(sent, try #require(vector)))
        }
        #expect(!Fidelity.exact.agree(empty, .sparse(indices: [4], values: [1])))
    }

    @Test func `a search by a sparse vector is by inner product, with and without an index`()
        async throws
    {
        let store = try await place().store
        try await store.upsert((1...60).map { Self.record($0) })
        let query = Query(
            vector: .sparse(indices: [7, 999_999_999], values: [1_000, 1]), using: "words", k: 3)
        let exact = try await store.search(query)
        #expect(exact.map(\.record.id) == [.int(7), .int(60), .int(59)])
        #expect(exact.first?.distance == -507)
        let spec = IndexSpec(kind: "hnsw", vector: "words")
        try await store.createIndex(spec)
        #expect(try await store.indexState(spec) == .ready)
        #expect(try await store.search(query) == exact)
        await #expect(throws: StoreError.self) {
            try await store.createIndex(IndexSpec(kind: "ivfflat", vector: "words"))
        }
    }

    @Test func `what a column cannot hold is refused before anything is sent`() async throws {
        let store = try await place().store
        var far = Self.record(1)
        far.vectors["words"] = .sparse(indices: [1_000_000_000], values: [1])
        var long = Self.record(2)
        long.vectors["words"] = .sparse(
            indices: (0..<16_001).map { $0 }, values: [Float](repeating: 1, count: 16_001))
        var dense = Self.record(3)
        dense.vectors["words"] = .dense([1, 2])
        for (record, words) in [
            (far, "an entry at 1000000000"), (long, "16001 entries"), (dense, "a sparse one"),
        ] {
            let error = await #expect(throws: StoreError.self) { try await store.upsert([record]) }
            #expect(error?.kind == .refused && error?.isDefinite == true)
            #expect(error?.ids == [record.id])
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        #expect(try await store.count() == 0)
    }

    @Test func `a user's own sparse column keeps its size`() async throws {
        let fixture = try PostgresFixture(table: "docs") {
            $0.vectorColumns = ["terms": "terms"]
            $0.idColumn = "doc"
        }
        try fixture.beside.run("CREATE EXTENSION IF NOT EXISTS vector")
        try fixture.beside.run(
            "CREATE TABLE docs (doc int PRIMARY KEY, payload jsonb, terms sparsevec(50));"
                + "INSERT INTO docs VALUES (1, '{}', '{1:2,50:0.5}/50')")
        let described = try await fixture.store.describe()
        #expect(described?.vector("terms")?.isSparse == true)
        let held = Vector.sparse(indices: [0, 49], values: [2, 0.5])
        #expect(try await fixture.store.get([.int(1)]).first?.vectors == ["terms": held])
        try await fixture.store.upsert([
            Record(id: .int(2), vectors: ["terms": .sparse(indices: [49], values: [1])])
        ])
        await #expect(throws: StoreError.self) {
            try await fixture.store.upsert([
                Record(id: .int(3), vectors: ["terms": .sparse(indices: [50], values: [1])])
            ])
        }
        #expect(try await fixture.store.count() == 2)
    }
}
