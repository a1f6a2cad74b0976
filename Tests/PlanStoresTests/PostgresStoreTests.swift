import PlanCore
import PlanStores
import Postgres
import TestServers
import Testing

@Suite struct PostgresStoreTests {
    @Test(arguments: [3, 1_600])
    func `a batch of any size is stored whole and read back the same`(count: Int) async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        let records = (0..<Int64(count)).map {
            PostgresFixture.record($0, ["title": .string("é \($0)"), "n": .int($0)])
        }
        try await fixture.store.upsert(records)
        let read = try await fixture.store.get(records.map(\.id))
        #expect(Set(read) == Set(records))
        let changed = records.map { record in
            var record = record
            record.payload = ["other": true]
            return record
        }
        try await fixture.store.upsert(changed)
        #expect(Set(try await fixture.store.get(records.map(\.id))) == Set(changed))
    }

    @Test func `the last of two records with one id counts`() async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        try await fixture.store.upsert([
            PostgresFixture.record(1, ["v": 1]), PostgresFixture.record(1, ["v": 2]),
        ])
        #expect(try await fixture.store.get([.int(1)]).first?.payload == ["v": 2])
    }

    @Test func `identifiers with quotes, blanks and capitals work everywhere`() async throws {
        let fixture = try PostgresFixture(table: "My \"odd\" Täble; --") { configuration in
            configuration.schema = "Odd Schema"
            configuration.idColumn = "The ID"
            configuration.vectorColumns = [Record.defaultVector: "Em\"bedding"]
            configuration.payload = .document(column: "pay load")
        }
        try fixture.beside.run("CREATE SCHEMA \"Odd Schema\"")
        let store = fixture.store
        var wanted = PostgresFixture.description(.text)
        wanted.payloadIndexes = [PayloadIndex(field: "it's", kind: .keyword)]
        try await store.create(wanted)
        try await store.checkWritable()
        let record = Record(id: .string("a'\"b"), vector: [1, 2, 3], payload: ["it's": "x"])
        try await store.upsert([record])
        #expect(try await store.get([record.id]) == [record])
        #expect(try await store.scan(.all, limit: 10) == [record])
        let filter = Filter.equal(field: "it's", "x")
        #expect(try await store.count(matching: filter) == 1)
        #expect(
            try await store.update([
                RecordPatch(id: record.id, set: ["y": 1]), RecordPatch(id: .string("no")),
            ]) == [.string("no")])
        let hits = try await store.search(Query(vector: .dense([1, 2, 3]), filter: filter, k: 3))
        #expect(hits.map(\.record.id) == [record.id])
        let spec = IndexSpec(kind: "hnsw", parameters: ["m": 8])
        try await store.createIndex(spec)
        #expect(try await store.indexState(spec) == .ready)
        #expect(try await store.describe()?.payloadIndexes == wanted.payloadIndexes)
        let claim = RunClaim(run: "r", plan: "p", host: "h", state: "s")
        #expect(try await store.claim(claim) == claim)
        try await store.dropIndex(spec)
        #expect(try await store.delete(matching: filter) == 1)
        try await store.rename(to: "New \"name\"")
        #expect(try await store.describe() == nil)
    }

    @Test func `a table of the user's own is described from the catalogs`() async throws {
        let fixture = try PostgresFixture(table: "own")
        try fixture.beside.run(
            """
            CREATE EXTENSION vector; CREATE TABLE own (id int GENERATED ALWAYS AS IDENTITY
                PRIMARY KEY, embedding halfvec(4), payload json, extra text DEFAULT 'kept');
            CREATE INDEX ON own USING hnsw (embedding halfvec_ip_ops)
            """)
        let found = try #require(try await fixture.store.describe())
        #expect(found.idKind == .int)
        #expect(
            found.vectors == [
                VectorSpec(dimension: 4, distance: .innerProduct, element: .float16)
            ])
        let record = Record(id: .int(7), vector: [0.5, 1, 2, -1], payload: ["a": [1, 2.5]])
        try await fixture.store.upsert([record])
        #expect(try await fixture.store.get([.int(7)]) == [record])
        let hits = try await fixture.store.search(
            Query(vector: .dense([1, 1, 1, 1]), k: 1, includeVectors: true))
        #expect(hits == [Hit(record: record, distance: -2.5)])
    }

    @Test func `a table without an index says what the plan must give`() async throws {
        let fixture = try PostgresFixture(table: "own")
        try fixture.beside.run(
            "CREATE EXTENSION vector; "
                + "CREATE TABLE own (id bigint PRIMARY KEY, embedding vector(2), payload jsonb)")
        await #expect {
            _ = try await fixture.store.describe()
        } throws: { error in
            (error as? StoreError)?.message.contains("give 'distance'") == true
        }
        let told = fixture.another { $0.distance = .l2 }
        #expect(try await told.describe()?.vectors.first?.distance == .l2)
    }

    @Test(arguments: [
        (Distance.cosine, 1.0), (.l2, 2.0.squareRoot()), (.innerProduct, 0), (.manhattan, 2),
    ])
    func `a distance is what PlanCore says it is`(distance: Distance, wanted: Double) async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(
            PostgresFixture.description(dimension: 2, distance: distance))
        try await fixture.store.upsert([Record(id: .int(1), vector: [1, 0])])
        let hits = try await fixture.store.search(Query(vector: .dense([0, 1]), k: 1))
        #expect(abs(try #require(hits.first).distance - wanted) < 1e-6)
    }

    @Test func `numbers beyond what a double holds come back as they were`() async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        let payload: JSONObject = [
            "large": .int(9_007_199_254_740_993), "huge": .number("123456789012345678901234567890"),
            "exact": .number("0.12345678901234567890123"), "money": .double(12.5),
            "price": .number("12345678901234567.89"), "float": .double(0.30000000000000004),
            "small": .double(0.1), "least": .int(.min), "whole": .double(2),
        ]
        try await fixture.store.upsert([PostgresFixture.record(1, payload)])
        #expect(try await fixture.store.get([.int(1)]).first?.payload == payload)
    }

    @Test func `NUL is refused by name and nothing is written`() async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        await #expect {
            try await fixture.store.upsert([
                PostgresFixture.record(1), PostgresFixture.record(2, ["deep": [["k": "a\0b"]]]),
            ])
        } throws: { error in
            guard let error = error as? StoreError else { return false }
            return error.kind == .refused && error.isDefinite && error.ids == [.int(2)]
        }
        #expect(try await fixture.store.count() == 0)
        let backslash = PostgresFixture.record(3, ["text": "\\u0000"])
        try await fixture.store.upsert([backslash])
        #expect(try await fixture.store.get([.int(3)]) == [backslash])
    }

    @Test func `a column that the server computes is read and left alone`() async throws {
        let fixture = try PostgresFixture(table: "own") { configuration in
            configuration.payload = .columns(["price": "price", "gross": "gross"])
            configuration.distance = .cosine
        }
        try fixture.beside.run(
            """
            CREATE EXTENSION vector; CREATE TABLE own (id bigint GENERATED ALWAYS AS IDENTITY
                PRIMARY KEY, embedding vector(2), price int,
                gross int GENERATED ALWAYS AS (price * 2) STORED)
            """)
        let record = Record(
            id: .int(1), vector: [1, 2], payload: ["price": 3, "gross": 6])
        try await fixture.store.upsert([record])
        try await fixture.store.load([
            Record(id: .int(2), vector: [2, 1], payload: ["price": 1, "gross": 2])
        ])
        #expect(try await fixture.store.get([.int(1)]) == [record])
        _ = try await fixture.store.update([
            RecordPatch(id: .int(2), set: ["price": 5, "gross": 10])
        ])
        #expect(
            try await fixture.store.get([.int(2)]).first?.payload == ["price": 5, "gross": 10])
    }

    @Test func `fields can live in columns of their own types`() async throws {
        let fixture = try PostgresFixture(table: "own") { configuration in
            configuration.payload = .columns(["title": "Title", "price": "price", "tags": "tags"])
            configuration.distance = .cosine
        }
        try fixture.beside.run(
            """
            CREATE EXTENSION vector; CREATE TABLE own (id text COLLATE "C" PRIMARY KEY,
                embedding vector(2), "Title" varchar(20), price numeric, tags text[])
            """)
        let first = Record(
            id: .string("a"), vector: [1, 2],
            payload: ["title": "x", "price": 2.5, "tags": ["p", "q"]])
        let second = Record(id: .string("b"), vector: [2, 1], payload: ["title": "y"])
        try await fixture.store.upsert([first, second])
        #expect(try await fixture.store.scan(.all, limit: 9) == [first, second])
        #expect(
            try await fixture.store.count(
                matching: .and([
                    .greater(field: "price", 2), .contains(field: "tags", "q"),
                    .not(.exists(field: "other")),
                ])) == 1)
        _ = try await fixture.store.update([
            RecordPatch(id: first.id, set: ["title": "z"], remove: ["price"])
        ])
        #expect(
            try await fixture.store.get([first.id]).first?.payload
                == ["title": "z", "tags": ["p", "q"]])
        await #expect(throws: StoreError.self) {
            try await fixture.store.upsert([
                Record(id: .string("c"), vector: [1, 1], payload: ["none": 1])
            ])
        }
    }
}
