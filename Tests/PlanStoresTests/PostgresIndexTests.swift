import PlanCore
import PlanStores
import Postgres
import TestServers
import Testing

@Suite struct PostgresIndexTests {
    private static let spec = IndexSpec(
        kind: "hnsw", parameters: ["m": 8, "ef_construction": 32])

    @Test(arguments: [
        (IndexSpec(kind: "hnsw", parameters: ["m": 4]), VectorSpec.Element.float32),
        (IndexSpec(kind: "hnsw"), .float16),
        (IndexSpec(kind: "ivfflat", parameters: ["lists": 2]), .float32),
    ])
    func `an index is built, serves searches and goes`(
        spec: IndexSpec, element: VectorSpec.Element
    ) async throws {
        let fixture = try PostgresFixture()
        let store = fixture.store
        try await store.create(
            PostgresFixture.description(distance: .l2, element: element))
        try await store.upsert((0..<200).map { PostgresFixture.record($0) })
        #expect(try await store.indexState(spec) == .absent)
        try await store.createIndex(spec)
        try await store.createIndex(spec)
        #expect(try await store.indexState(spec) == .ready)
        let hits = try await store.search(Query(vector: .dense([1, 9, 4.5]), k: 3))
        #expect(hits.first?.record.id == .int(9))
        #expect(hits.first?.distance == 0)
        try await store.dropIndex(spec)
        #expect(try await store.indexState(spec) == .absent)
    }

    @Test func `what a failed build left is dropped and built again`() async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        try await fixture.store.upsert((1..<50).map { PostgresFixture.record($0) })
        try await fixture.store.createIndex(Self.spec)
        try fixture.beside.run(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid IN "
                + "(SELECT oid FROM pg_class WHERE relname LIKE 'products_hnsw%')")
        #expect(try await fixture.store.indexState(Self.spec) == .invalid)
        try await fixture.store.createIndex(Self.spec)
        #expect(try await fixture.store.indexState(Self.spec) == .ready)
    }

    @Test func `two processes that want the same index build it once`() async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        try await fixture.store.upsert((1..<2_000).map { PostgresFixture.record($0) })
        let first = fixture.store
        let second = fixture.another()
        async let one: Void = first.createIndex(Self.spec)
        async let two: Void = second.createIndex(Self.spec)
        _ = try await (one, two)
        let found = try fixture.beside.once(
            "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
                + "WHERE c.relname LIKE 'products_hnsw%' AND i.indisvalid")
        #expect(found.integer(0, 0) == 1)
    }

    @Test func `a build waits for older transactions and shows as building`() async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        try await fixture.store.upsert([PostgresFixture.record(1)])
        try fixture.beside.run("BEGIN; UPDATE products SET payload = '{}'")
        let store = fixture.store
        let build = Task { try await store.createIndex(Self.spec) }
        var seen = IndexState.absent
        for _ in 0..<2_000 where seen == .absent {
            seen = try await store.indexState(Self.spec)
            try await Task.sleep(for: .milliseconds(10))
        }
        if case .building = seen {} else { Issue.record("it shows as \(seen)") }
        try fixture.beside.run("COMMIT")
        try await build.value
        #expect(try await store.indexState(Self.spec) == .ready)
    }

    @Test(arguments: [VectorSpec.Element.float32, .float16])
    func `a search goes through the index`(element: VectorSpec.Element) async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description(element: element))
        try await fixture.store.upsert((0..<5_000).map { PostgresFixture.record($0) })
        try await fixture.store.createIndex(Self.spec)
        try fixture.beside.run("ANALYZE products")
        for _ in 0..<8 {
            _ = try await fixture.store.search(Query(vector: .dense([1, 0, 0]), k: 5))
        }
        // A session's statistics arrive when it ends.
        await fixture.store.close()
        var scans: Int64 = 0
        for _ in 0..<1_000 where scans < 8 {
            try await Task.sleep(for: .milliseconds(25))
            let found = try fixture.beside.once(
                "SELECT coalesce(sum(idx_scan), 0)::int8 FROM pg_stat_user_indexes "
                    + "WHERE indexrelname LIKE 'products_hnsw%'")
            scans = found.integer(0, 0) ?? 0
        }
        #expect(scans == 8)
    }

    @Test func `more hits than an index gives by itself are found`() async throws {
        let fixture = try PostgresFixture()
        let store = fixture.store
        try await store.create(PostgresFixture.description(distance: .l2))
        try await store.upsert(
            (0..<1_000).map { PostgresFixture.record($0, ["odd": .bool($0 % 2 == 1)]) })
        try await store.createIndex(Self.spec)
        let all = try await store.search(Query(vector: .dense([1, 0, 0]), k: 200))
        #expect(all.count == 200)
        let odd = try await store.search(
            Query(vector: .dense([1, 0, 0]), filter: .equal(field: "odd", true), k: 60))
        #expect(odd.count == 60)
        #expect(odd.allSatisfy { $0.record.payload == ["odd": true] })
    }
}
