import PlanCore
import PlanStores
import Postgres
import TestServers
import Testing

@Suite struct PostgresKeyTests {
    static let texts = [
        "a", "A", "b", "B", "ä", "z", "Z", "_", "-", "a b", "a-b", "ab", "10", "9", "é", "e\u{301}",
        "🙂", "~", "'", "\"", "\\",
    ]

    static func ids(_ kind: CollectionDescription.IDKind) -> [RecordID] {
        switch kind {
        case .int: [.min, -5, -1, 0, 1, 9, 10, .max].map { .int($0) }
        case .uuid:
            ["0", "9", "a", "f", "5"].compactMap {
                RecordID(uuid: "\($0)0000000-0000-4000-8000-00000000000\($0)")
            }
        default: texts.map { .string($0) }
        }
    }

    private static func walk(
        _ store: PostgresStore, _ range: KeyRange, limit: Int
    ) async throws -> [RecordID] {
        var seen: [RecordID] = []
        while true {
            let page = try await store.scan(range, after: seen.last, limit: limit, .idsOnly)
            if page.isEmpty { return seen }
            seen += page.map(\.id)
        }
    }

    @Test(arguments: [CollectionDescription.IDKind.int, .text, .uuid])
    func `pages and ranges follow the order of ids exactly`(
        kind: CollectionDescription.IDKind
    ) async throws {
        let fixture = try PostgresFixture()
        let store = fixture.store
        try await store.create(PostgresFixture.description(kind))
        let ids = Self.ids(kind)
        try await store.upsert(ids.map { Record(id: $0, vector: [1, 2, 3]) })
        #expect(try await Self.walk(store, .all, limit: 3) == ids.sorted())
        for count in [1, 2, 3, 50] {
            let ranges = try await store.partitions(count)
            #expect(ranges.count == min(count, ids.count))
            var joined: [RecordID] = []
            for range in ranges {
                let part = try await Self.walk(store, range, limit: 2)
                #expect(part.allSatisfy(range.contains))
                joined += part
            }
            #expect(joined == ids.sorted())
        }
    }

    @Test func `a text column of another collation is still walked by bytes`() async throws {
        let fixture = try PostgresFixture(table: "own") { $0.distance = .l2 }
        try fixture.beside.run(
            """
            CREATE EXTENSION vector;
            CREATE TABLE own (id text COLLATE ucs_basic PRIMARY KEY, embedding vector(1),
                payload jsonb)
            """)
        let ids = Self.ids(.text)
        try await fixture.store.upsert(ids.map { Record(id: $0, vector: [1]) })
        #expect(try await Self.walk(fixture.store, .all, limit: 4) == ids.sorted())
        #expect(try await fixture.store.get([.string("A")]).map(\.id) == [.string("A")])
    }

    @Test func `an empty table is one range`() async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        #expect(try await fixture.store.partitions(8) == [.all])
    }

    @Test func `a patch in SQL does what it does to a record`() async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        let held = (1...4).map {
            PostgresFixture.record($0, ["a": 1, "b": ["c": 2], "d": nil, "e": [1]])
        }
        try await fixture.store.upsert(held)
        let patches = [
            RecordPatch(id: .int(1), set: ["b": ["x": 1], "n": nil], remove: ["a", "none"]),
            RecordPatch(id: .int(2), set: ["a": 2], remove: ["a"]),
            RecordPatch(id: .int(3), vectors: ["": .dense([7, 8, 9])]),
            RecordPatch(id: .int(1), set: ["a": "back"], remove: ["n"]),
            RecordPatch(id: .int(9), set: ["a": 1]),
        ]
        #expect(try await fixture.store.update(patches) == [.int(9)])
        for record in held {
            let wanted = patches.filter { $0.id == record.id }
                .reduce(record) { $1.applied(to: $0) }
            #expect(try await fixture.store.get([record.id]) == [wanted])
        }
    }

    @Test func `of two runs that claim at once one holds it, and only it can release`() async throws
    {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        let store = fixture.store
        let claims = (0..<8).map {
            RunClaim(run: "r\($0)", plan: "p", host: "h", state: "/s")
        }
        let answers = try await withThrowingTaskGroup(of: RunClaim.self) { group in
            for claim in claims { group.addTask { try await store.claim(claim) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let holder = try #require(answers.first)
        #expect(Set(answers) == [holder])
        let other = try #require(claims.first { $0 != holder })
        try await store.release(other)
        #expect(try await store.claim(other) == holder)
        try await store.release(holder)
        #expect(try await store.claim(other) == other)
    }
}
