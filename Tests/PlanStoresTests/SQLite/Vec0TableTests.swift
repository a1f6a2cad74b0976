import PlanCore
import SQLite
import TestServers
import Testing

@testable import PlanStores

@Suite struct Vec0DeclarationTests {
    @Test func `a declaration says its key, its vectors and its fields`() throws {
        let table = try #require(
            try Vec0Table(
                name: "docs",
                declaration: """
                    CREATE VIRTUAL TABLE docs using vec0(
                      id text primary key, "embedding" float[384] distance_metric=cosine,
                      title F32[8], genre TEXT, year integer, score float, live BOOLEAN,
                      owner integer partition key, +note text, chunk_size=128)
                    """))
        #expect(table.key == "id" && table.hasTextKey)
        #expect(
            table.vectors == [
                .init(name: "embedding", dimension: 384, distance: .cosine),
                .init(name: "title", dimension: 8, distance: .l2),
            ])
        #expect(table.fields.map(\.name) == ["genre", "year", "score", "live", "owner", "note"])
        #expect(
            table.fields.map(\.kind) == [.text, .integer, .real, .boolean, .integer, .text])
    }

    @Test(arguments: ["int8[8]", "bit[8]"])
    func `vectors of other types are named`(type: String) {
        #expect(throws: Vec0Table.Unfit.self) {
            try Vec0Table(
                name: "docs", declaration: "CREATE VIRTUAL TABLE docs USING vec0(e \(type))")
        }
    }

    @Test func `another virtual table is none of these`() throws {
        let other = try Vec0Table(
            name: "t", declaration: "CREATE VIRTUAL TABLE t USING fts5(a, b)")
        #expect(other == nil)
    }
}

/// Tables of the real extension.
@Suite struct Vec0StoreTests {
    private static func fields(_ n: Int) -> JSONObject {
        var fields: JSONObject = ["genre": .string("g'\(n % 3)"), "live": .bool(n % 2 == 0)]
        fields["year"] = .int(1_990 + Int64(n))
        fields["score"] = .double(Double(n) / 10 + 0.2)
        fields["owner"] = .int(Int64(n / 4))
        if n != 3 { fields["note"] = .string("ü\(n)") }
        return fields
    }

    private static func id(_ n: Int, _ isText: Bool) -> RecordID {
        isText ? .string("k\(9 - n)") : .int(Int64(n) * 10)
    }

    private static func record(_ n: Int, _ isText: Bool) -> Record {
        Record(id: id(n, isText), vector: [Float(n), 1, 0], payload: fields(n))
    }

    /// A table and its rows, made past the store.
    private func place(
        isText: Bool, _ change: (inout SQLiteStoreConfiguration) -> Void = { _ in }
    ) async throws -> SQLiteFixture {
        let library = try SQLiteExtension.vec0()
        let fixture = try SQLiteFixture(table: "docs") {
            $0.extensionPath = library
            change(&$0)
        }
        let beside = try fixture.beside()
        try beside.load(extension: library)
        try beside.execute(
            """
            CREATE VIRTUAL TABLE docs USING vec0(
                key \(isText ? "text" : "integer") primary key, embedding float[3],
                genre text, year integer, score float, live boolean,
                owner integer partition key, +note text)
            """)
        for n in 0..<8 {
            let key = isText ? "'k\(9 - n)'" : "\(n * 10)"
            let note = n == 3 ? "NULL" : "'ü\(n)'"
            try beside.execute(
                "INSERT INTO docs VALUES (\(key), '[\(n), 1, 0]', 'g''\(n % 3)', \(1990 + n), "
                    + "\(Double(n) / 10 + 0.2), \(n % 2 == 0 ? 1 : 0), \(n / 4), \(note))")
        }
        return fixture
    }

    @Test(arguments: [false, true])
    func `a user's table is read page by page, by id, by filter and by vector`(
        isText: Bool
    ) async throws {
        let fixture = try await place(isText: isText)
        defer { withExtendedLifetime(fixture) {} }
        let store = fixture.store
        let described = try #require(try await store.describe())
        #expect(described.idKind == (isText ? .text : .int))
        #expect(described.vectors == [VectorSpec(dimension: 3, distance: .l2)])
        let all = (0..<8).map { Self.record($0, isText) }.sorted { $0.id < $1.id }
        var read: [Record] = []
        while true {
            let page = try await store.scan(.all, after: read.last?.id, limit: 3)
            read += page
            if page.count < 3 { break }
        }
        #expect(read == all)
        #expect(
            try await store.scan(.all, after: nil, limit: 9, .idsOnly).map(\.id) == all.map(\.id))
        #expect(try await store.count() == 8)
        #expect(try await store.partitions(4).count == 4)
        #expect(try await store.get([Self.id(2, isText)]) == [Self.record(2, isText)])
        let young = Filter.greater(field: "year", 1_994)
        #expect(try await store.count(matching: young) == 3)
        let hits = try await store.search(
            Query(vector: .dense([7, 1, 0]), filter: .equal(field: "live", true), k: 2))
        #expect(hits.map(\.record.id) == [Self.id(6, isText), Self.id(4, isText)])
        #expect(hits.first?.distance == 1)
    }

    @Test(arguments: [false, true])
    func `records are replaced, made, changed and deleted`(isText: Bool) async throws {
        let fixture = try await place(isText: isText)
        defer { withExtendedLifetime(fixture) {} }
        let store = fixture.store
        var changed = Self.record(1, isText)
        changed.vectors[""] = .dense([9, 9, 9])
        changed.payload = [
            "genre": "new", "year": 1, "score": 2, "live": false, "owner": 77,
        ]
        var made = changed
        made.id = isText ? .string("z") : .int(1_000)
        try await store.upsert([changed, made])
        var stored = [changed, made]
        for index in stored.indices { stored[index].payload["score"] = .double(2) }
        let held = try await store.get([changed.id, made.id])
        #expect(held.sorted { $0.id < $1.id } == stored.sorted { $0.id < $1.id })
        let absent = try await store.update([
            RecordPatch(id: made.id, set: ["genre": "patched", "note": "n"]),
            RecordPatch(id: isText ? .string("zz") : .int(7), set: ["genre": "x"]),
        ])
        #expect(absent.count == 1)
        #expect(try await store.get([made.id]).first?.payload["genre"] == "patched")
        try await store.delete([made.id])
        #expect(try await store.count() == 8)
        #expect(try await store.delete(matching: .equal(field: "owner", 0)) == 3)
        #expect(try await store.count() == 5)
    }

    @Test func `what its columns cannot hold is refused, and nothing is written`() async throws {
        let fixture = try await place(isText: false)
        defer { withExtendedLifetime(fixture) {} }
        let store = fixture.store
        for (field, value) in [
            ("genre", JSONValue.int(1)), ("genre", .null), ("year", "x"), ("extra", 1),
            ("live", 1), ("note", ["a"]),
        ] {
            var record = Self.record(0, false)
            record.payload[field] = value
            let error = await #expect(throws: StoreError.self) {
                try await store.upsert([Self.record(1, false), record])
            }
            #expect(error?.isDefinite == true && error?.kind == .refused)
            #expect(error?.message.contains("'\(field)'") == true, "\(error?.message ?? "")")
        }
        #expect(try await store.get([.int(0)]) == [Self.record(0, false)])
    }

    @Test func `without its library the table is not touched`() async throws {
        let fixture = try await place(isText: false)
        let bare = SQLiteStore(
            configuration: SQLiteStoreConfiguration(path: fixture.path, table: "docs"))
        let error = await #expect(throws: StoreError.self) { try await bare.describe() }
        #expect(error?.message.contains("'extension'") == true)
        await #expect(throws: StoreError.self) { try await fixture.store.rename(to: "old") }
        #expect(try await fixture.store.count() == 8)
        try await fixture.store.drop()
        #expect(try await fixture.store.describe() == nil)
        let left = try fixture.beside().statement("SELECT count(*) FROM sqlite_master")
        #expect(try left.step() && left.integer(0) <= 1)
    }
}
