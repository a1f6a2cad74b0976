import PlanCore
import Postgres
import TestServers
import Testing

@testable import PlanStores

/// Tables that nobody made for us, as people have them.
@Suite struct PostgresOwnTableTests {
    private func fixture(
        _ sql: String, _ change: (inout PostgresStoreConfiguration) -> Void = { _ in }
    ) throws -> PostgresFixture {
        let fixture = try PostgresFixture(table: "own") {
            $0.distance = .l2
            change(&$0)
        }
        try fixture.beside.run("CREATE EXTENSION vector; \(sql)")
        return fixture
    }

    private func record(_ id: Int64, _ payload: JSONObject = [:]) -> Record {
        Record(id: .int(id), vector: [Float(id), 1], payload: payload)
    }

    private static let columns = "payload jsonb NOT NULL DEFAULT '{}', embedding vector(2)"

    /// Rows would come twice, and a page could end between two of one id.
    @Test(arguments: [
        "CREATE TABLE own (tenant int, id bigint, \(columns), PRIMARY KEY (tenant, id))",
        "CREATE TABLE own (id bigint NOT NULL, \(columns)); CREATE INDEX ON own (id)",
        "CREATE TABLE own (id bigint NOT NULL, gone bool, \(columns)); "
            + "CREATE UNIQUE INDEX ON own (id) WHERE NOT gone",
        "CREATE TABLE own (id bigint NOT NULL, \(columns), "
            + "UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)",
    ])
    func `a table without a key of the id alone is refused, with the index to make`(
        sql: String
    ) async throws {
        let fixture = try fixture(sql)
        let error = await #expect(throws: StoreError.self) {
            _ = try await fixture.store.describe()
        }
        #expect(error?.kind == .refused && error?.isDefinite == true)
        let hint = "CREATE UNIQUE INDEX CONCURRENTLY ON \"own\" (\"id\")"
        #expect(error?.message.contains(hint) == true, "\(error?.message ?? "")")
        await #expect(throws: StoreError.self) { try await fixture.store.load([record(1)]) }
        try fixture.beside.run(hint)
        #expect(try await fixture.store.describe()?.idKind == .int)
    }

    @Test(arguments: ["smallint", "integer"])
    func `whole numbers of any width are ids`(type: String) async throws {
        let fixture = try fixture("CREATE TABLE own (id \(type) PRIMARY KEY, \(Self.columns))")
        let store = fixture.store
        let records = (1...200).map { record($0, ["n": .int($0)]) }
        try await store.load(records)
        try await store.upsert([record(7, ["n": "seven"])])
        #expect(try await store.update([.init(id: .int(8), set: ["n": "eight"])]) == [])
        try await store.delete([.int(9)])
        let found = try await store.scan(.all, limit: 500)
        #expect(found.count == 199)
        #expect(found[6].payload == ["n": "seven"] && found[7].payload == ["n": "eight"])
        let error = await #expect(throws: StoreError.self) {
            try await store.upsert([record(3_000_000_000)])
        }
        #expect(error?.kind == .refused && error?.isDefinite == true)
    }

    @Test func `a table of partitions is one collection`() async throws {
        let fixture = try fixture(
            """
            CREATE TABLE own (id bigint PRIMARY KEY, \(Self.columns)) PARTITION BY HASH (id);
            CREATE TABLE own_0 PARTITION OF own FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE own_1 PARTITION OF own FOR VALUES WITH (MODULUS 2, REMAINDER 1)
            """)
        let records = (1...300).map { record($0) }
        try await fixture.store.load(records)
        try await fixture.store.upsert(Array(records.prefix(10)))
        #expect(try await fixture.store.scan(.all, limit: 500) == records)
        var seen = 0
        for range in try await fixture.store.partitions(4) {
            seen += try await fixture.store.scan(range, limit: 500, .idsOnly).count
        }
        #expect(seen == records.count)
        let hits = try await fixture.store.search(Query(vector: .dense([7, 1]), k: 1))
        #expect(hits.map(\.record.id) == [.int(7)])
    }

    @Test func `a view can be read, and written where PostgreSQL can`() async throws {
        let fixture = try fixture(
            """
            CREATE TABLE base (id bigint PRIMARY KEY, gone bool DEFAULT false, \(Self.columns));
            INSERT INTO base VALUES (1, false, '{}', '[1,1]'), (2, true, '{}', '[2,1]');
            CREATE VIEW own AS SELECT id, payload, embedding FROM base WHERE NOT gone
            """)
        #expect(try await fixture.store.scan(.all, limit: 9) == [record(1)])
        try await fixture.store.upsert([record(3), record(1, ["new": true])])
        #expect(try await fixture.store.count() == 2)
        #expect(try await fixture.store.get([.int(1)]) == [record(1, ["new": true])])
    }

    @Test func `columns that the plan does not name are told, and left alone`() async throws {
        let fixture = try fixture(
            "CREATE TABLE own (id bigint PRIMARY KEY, title text DEFAULT 'none', \(Self.columns), "
                + "other vector(3))")
        let advice = try await fixture.store.describe()?.advice ?? []
        #expect(advice.count == 1)
        #expect(advice.first?.message.contains("'title', 'other' of 'own'") == true, "\(advice)")
        try await fixture.store.upsert([record(1)])
        try fixture.beside.run("UPDATE own SET title = 'mine', other = '[1,2,3]'")
        try await fixture.store.upsert([record(1, ["a": 1]), record(2)])
        try fixture.beside.run(
            """
            DO $$ BEGIN
                ASSERT (SELECT title = 'mine' AND other = '[1,2,3]' FROM own WHERE id = 1);
                ASSERT (SELECT title = 'none' AND other IS NULL FROM own WHERE id = 2);
            END $$
            """)
        let whole = fixture.another { $0.payload = .columns(["title": "title"]) }
        let left = try await whole.describe()?.advice.first?.message
        #expect(left?.contains("'payload', 'other'") == true, "\(left ?? "")")
    }

    /// It would see some rows, and take them for all.
    @Test func `a role that row security keeps from rows is told so`() async throws {
        let role = "limited_\(Int.random(in: 0..<Int.max))"
        let fixture = try fixture(
            """
            CREATE TABLE own (id bigint PRIMARY KEY, \(Self.columns));
            INSERT INTO own VALUES (1, '{}', '[1,1]'), (2, '{}', '[2,1]');
            ALTER TABLE own ENABLE ROW LEVEL SECURITY;
            CREATE POLICY few ON own USING (id = 1);
            CREATE ROLE \(role) LOGIN; GRANT ALL ON own TO \(role)
            """)
        #expect(try await fixture.store.count() == 2)
        let name = String(fixture.url.split(separator: "/").last ?? "")
        let limited = fixture.another {
            $0.connection = Secret(fixture.server.url(database: name, user: role))
        }
        let error = await #expect(throws: StoreError.self) { _ = try await limited.count() }
        #expect(error?.kind == .unauthorized, "\(error.map(String.init(describing:)) ?? "")")
        #expect(error?.message.contains("row-level security") == true, "\(error?.message ?? "")")
    }

    @Test func `what a trigger refuses is that record's own refusal`() async throws {
        let fixture = try fixture(
            """
            CREATE TABLE own (id bigint PRIMARY KEY, \(Self.columns));
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'not on a Sunday'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON own FOR EACH ROW WHEN (NEW.id = 7)
                EXECUTE FUNCTION refuse()
            """)
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.upsert((1...9).map { record($0) })
        }
        #expect(error?.kind == .refused && error?.isDefinite == true)
        #expect(error?.message.contains("not on a Sunday") == true)
        #expect(try await fixture.store.count() == 0)
        try await fixture.store.upsert([record(6), record(8)])
    }

    /// 40 of pgvector's own would give 40 rows at most, were it not asked for more.
    @Test func `a database's own breadth of search is not lowered`() async throws {
        let fixture = try fixture("CREATE TABLE own (id bigint PRIMARY KEY, \(Self.columns))")
        let name = String(fixture.url.split(separator: "/").last ?? "")
        try fixture.beside.run("LOAD 'vector'; ALTER DATABASE \"\(name)\" SET hnsw.ef_search = 200")
        let store = fixture.another { $0.poolSize = 1 }
        try await store.upsert((1...300).map { record($0) })
        for k in [10, 60, 250] {
            let hits = try await store.search(Query(vector: .dense([1, 1]), k: k))
            #expect(hits.count == k)
            let set = try await store.pool.run("test", .none) { session in
                try session.connection.once("SHOW hnsw.ef_search").text(0, 0)
            }
            #expect(set == "\(max(200, k))", "\(k)")
        }
    }
}
