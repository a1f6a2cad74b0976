import Foundation
import PlanCore
import PlanStores
import SQLite
import Testing

@Suite struct SQLiteStoreTests {
    @Test func `a user's own table is read as it lies`() async throws {
        let fixture = try SQLiteFixture(table: "my \"docs\"") { configuration in
            configuration.idColumn = "Key"
            configuration.vectorColumns = [Record.defaultVector: "embedding"]
            configuration.payloadColumn = "meta data"
            configuration.distance = .l2
        }
        let beside = try fixture.beside()
        try beside.execute(
            #"""
            CREATE TABLE "my ""docs""" ("Key" TEXT PRIMARY KEY, embedding BLOB, "meta data" TEXT,
                extra TEXT DEFAULT 'kept');
            INSERT INTO "my ""docs""" VALUES ('a', x'0000803f00000040', NULL, 'mine')
            """#)
        let found = try #require(try await fixture.store.describe())
        #expect(found.idKind == .text)
        #expect(found.vectors == [VectorSpec(dimension: 2, distance: .l2)])
        let held = Record(id: .string("a"), vector: [1, 2])
        #expect(try await fixture.store.get([held.id]) == [held])
        let changed = Record(id: .string("a"), vector: [2, 2], payload: ["t": "x"])
        try await fixture.store.upsert([changed])
        #expect(try await fixture.store.scan(.all, limit: 5) == [changed])
        let select = try beside.statement("SELECT extra FROM \"my \"\"docs\"\"\"")
        #expect(try select.step() && select.text(0) == "mine")
    }

    @Test(arguments: [
        ("CREATE TABLE products (id TEXT, vector BLOB, payload TEXT)", "no key"),
        ("CREATE TABLE products (id TEXT COLLATE NOCASE PRIMARY KEY, vector BLOB)", "no key"),
        (
            "CREATE TABLE products (id TEXT, lang TEXT, vector BLOB, PRIMARY KEY (id, lang))",
            "no key"
        ),
        ("CREATE TABLE products (key TEXT PRIMARY KEY, vector BLOB)", "no column 'id'"),
        ("CREATE TABLE products (id INTEGER PRIMARY KEY, v BLOB)", "no column 'vector'"),
    ])
    func `a table that cannot be a collection says why`(sql: String, reason: String) async throws {
        let fixture = try SQLiteFixture { $0.distance = .cosine }
        try fixture.beside().execute(sql)
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.store.describe()
        }
        #expect(error?.kind == .refused && error?.message.contains(reason) == true)
    }

    @Test func `a table without a distance asks for one`() async throws {
        let fixture = try SQLiteFixture()
        try fixture.beside().execute(
            "CREATE TABLE products (id INTEGER PRIMARY KEY, vector BLOB, payload TEXT)")
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.store.describe()
        }
        #expect(error?.message.contains("give 'distance'") == true)
    }

    @Test func `reading a user's file leaves its journal mode alone`() async throws {
        let fixture = try SQLiteFixture { $0.distance = .cosine }
        let beside = try fixture.beside()
        try beside.execute(
            "CREATE TABLE products (id INTEGER PRIMARY KEY, vector BLOB, payload TEXT)")
        #expect(try await fixture.store.count() == 0)
        _ = try await fixture.store.describe()
        let mode = try beside.statement("PRAGMA journal_mode")
        #expect(try mode.step() && mode.text(0) == "delete")
    }

    @Test func `keys that JSON spells with escapes are found all the same`() async throws {
        let fixture = try SQLiteFixture { $0.distance = .cosine }
        try fixture.beside().execute(
            #"""
            CREATE TABLE products (id INTEGER PRIMARY KEY, vector BLOB, payload TEXT);
            INSERT INTO products VALUES
                (1, x'0000803f', '{"pr\u00e9nom": "Zo\u00eb", "a\/b": 1, "n": 1.50}')
            """#)
        for filter in [
            Filter.equal(field: "prénom", "Zoë"), .equal(field: "a/b", 1),
            .equal(field: "n", 1.5),
        ] {
            #expect(try await fixture.store.count(matching: filter) == 1, "\(filter)")
        }
    }

    @Test func `a payload that is no JSON is corrupt, and says whose`() async throws {
        let fixture = try SQLiteFixture { $0.distance = .cosine }
        try fixture.beside().execute(
            """
            CREATE TABLE products (id INTEGER PRIMARY KEY, vector BLOB, payload TEXT);
            INSERT INTO products VALUES (7, x'0000803f', 'not json')
            """)
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.store.get([.int(7)])
        }
        #expect(error?.kind == .corrupt && error?.ids == [.int(7)])
    }

    @Test func `named vectors live in columns of their names`() async throws {
        let fixture = try SQLiteFixture()
        let wanted = CollectionDescription(
            name: "products", idKind: .int,
            vectors: [
                VectorSpec(name: "image", dimension: 2, distance: .l2),
                VectorSpec(name: "text", dimension: 3, distance: .cosine),
            ])
        try await fixture.store.create(wanted)
        #expect(try await fixture.store.describe() == wanted)
        let record = Record(
            id: .int(1), vectors: ["image": .dense([3, 4]), "text": .dense([1, 0, 0])])
        try await fixture.store.upsert([record])
        let query = Query(vector: .dense([0, 0]), using: "image", k: 1, includeVectors: true)
        #expect(try await fixture.store.search(query) == [Hit(record: record, distance: 5)])
    }

    @Test func `a vector whose column is taken is refused`() async throws {
        let fixture = try SQLiteFixture()
        let wanted = CollectionDescription(
            name: "products", idKind: .int,
            vectors: [VectorSpec(name: "Payload", dimension: 2, distance: .l2)])
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.create(wanted)
        }
        #expect(error?.kind == .refused)
        #expect(try await fixture.store.describe() == nil)
    }

    @Test func `a copy of the file is another database`() async throws {
        let fixture = try SQLiteFixture()
        try await fixture.store.create(PostgresFixture.description())
        await fixture.store.close()
        let copy = fixture.folder + "/copy.db"
        try FileManager.default.copyItem(atPath: fixture.path, toPath: copy)
        try FileManager.default.createSymbolicLink(
            atPath: fixture.folder + "/link.db", withDestinationPath: fixture.path)
        var configuration = fixture.store.configuration
        let identity = try await fixture.store.identity()
        configuration.path = copy
        #expect(try await SQLiteStore(configuration: configuration).identity() != identity)
        configuration.path = fixture.folder + "/link.db"
        #expect(try await SQLiteStore(configuration: configuration).identity() == identity)
    }

    @Test func `searches stay right for vectors of extreme lengths`() async throws {
        let fixture = try SQLiteFixture()
        try await fixture.store.create(PostgresFixture.description(dimension: 2))
        try await fixture.store.upsert([
            Record(id: .int(1), vector: [1e18, 0]), Record(id: .int(2), vector: [0, 1e18]),
            Record(id: .int(3), vector: [0, 0]), Record(id: .int(4), vector: [3e38, 3e38]),
        ])
        let hits = try await fixture.store.search(Query(vector: .dense([1e18, 1]), k: 9))
        #expect(hits.count == 4 && hits.first?.record.id == .int(1))
        #expect(abs(try #require(hits.first).distance) < 1e-6)
        #expect(hits.allSatisfy { !$0.distance.isNaN })
    }

    @Test func `ids above what SQLite's integers hold are refused by name`() async throws {
        let fixture = try SQLiteFixture()
        try await fixture.store.create(PostgresFixture.description(.intOrUUID))
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.upsert([Record(id: .large(.max), vector: [1, 2, 3])])
        }
        #expect(error?.kind == .refused && error?.ids == [.large(.max)])
        #expect(try await fixture.store.get([.large(.max)]) == [])
    }
}
