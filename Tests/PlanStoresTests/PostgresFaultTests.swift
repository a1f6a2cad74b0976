import PlanCore
import PlanStores
import Postgres
import TestServers
import Testing

@Suite struct PostgresFaultTests {
    private static func failure(_ body: () async throws -> Void) async -> StoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    /// A table whose inserts take `seconds`.
    private static func slowTable(seconds: Double) async throws -> PostgresFixture {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        try fixture.beside.run(
            """
            CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(\(seconds)); RETURN NULL; END $$;
            CREATE TRIGGER nap BEFORE INSERT ON products FOR EACH STATEMENT EXECUTE FUNCTION nap()
            """)
        return fixture
    }

    /// Terminates whoever naps, once somebody does.
    private static func terminate(_ url: String) async throws {
        let beside = try PostgresServer.connect(url)
        for _ in 0..<2_000 {
            let found = try beside.once(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event = 'PgSleep'
                """)
            if found.count > 0 { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("nobody napped")
    }

    @Test(arguments: [(10, false), (1_600, true)])
    func `a backend that is terminated leaves a batch by COPY surely undone, one by arrays unknown`(
        count: Int64, isDefinite: Bool
    ) async throws {
        let fixture = try await Self.slowTable(seconds: 20)
        let records = (0..<count).map { PostgresFixture.record($0) }
        let store = fixture.store
        async let failed = Self.failure { try await store.upsert(records) }
        try await Self.terminate(fixture.url)
        let failure = try #require(await failed)
        #expect(failure.kind == .unreachable)
        #expect(failure.isDefinite == isDefinite)
        #expect(try await fixture.store.count() == 0)
    }

    @Test func `a connection lost during the commit leaves a batch unknown`() async throws {
        let fixture = try PostgresFixture()
        let store = fixture.store
        try await store.create(PostgresFixture.description())
        try fixture.beside.run(
            """
            CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER nap AFTER INSERT ON products DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION nap()
            """)
        let records = (0..<1_600).map { PostgresFixture.record($0) }
        async let failed = Self.failure { try await store.upsert(records) }
        try await Self.terminate(fixture.url)
        #expect(try #require(await failed).isDefinite == false)
    }

    @Test func `a connection lost in the middle of a COPY is told as lost`() throws {
        let fixture = try PostgresFixture()
        let copying = try PostgresServer.connect(fixture.url)
        try copying.run("CREATE TABLE rows (n int8)")
        let pid = copying.processID
        #expect {
            try copying.copyIn(
                "COPY rows FROM STDIN (FORMAT binary)", rows: 2_000_000, columns: 1
            ) { row, buffer in
                if row == 100_000 {
                    _ = try? fixture.beside.once("SELECT pg_terminate_backend(\(pid))")
                }
                buffer.appendField {
                    $0.append(Int64(row))
                    return true
                }
            }
        } throws: { error in
            (error as? PostgresError)?.kind == .lost
        }
        #expect(!copying.isOpen)
    }

    @Test func `a write past its deadline is undone by the server`() async throws {
        let fixture = try await Self.slowTable(seconds: 30)
        let hasty = fixture.another { $0.deadline = .seconds(1) }
        // By then it has a connection, and knows the table.
        try await eventually { try await hasty.count() }
        let failure = await Self.failure { try await hasty.upsert([PostgresFixture.record(1)]) }
        #expect(failure?.kind == .timeout)
        #expect(failure?.isDefinite == true)
        let count = try await eventually { try await hasty.count() }
        #expect(count == 0)
        await hasty.close()
    }

    @Test func `a row that another transaction holds is told within the deadline`() async throws {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        try await fixture.store.upsert([PostgresFixture.record(1)])
        try fixture.beside.run("BEGIN; SELECT * FROM products FOR UPDATE")
        let hasty = fixture.another { $0.deadline = .seconds(1) }
        let failure = try #require(await Self.failure { try await hasty.delete([.int(1)]) })
        await hasty.close()
        #expect(failure.isDefinite)
        #expect(failure.isTransient)
        try fixture.beside.run("ROLLBACK")
        try await fixture.store.delete([.int(1)])
        #expect(try await fixture.store.count() == 0)
    }

    @Test func `cancelling the task stops the statement on the server`() async throws {
        let fixture = try await Self.slowTable(seconds: 30)
        let store = fixture.store
        let task = Task { try await store.upsert([PostgresFixture.record(1)]) }
        for _ in 0..<2_000 {
            let napping = try fixture.beside.once(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
                    + "AND wait_event = 'PgSleep'")
            if napping.count > 0 { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try fixture.beside.run("DROP TRIGGER nap ON products")
        try await fixture.store.upsert([PostgresFixture.record(2)])
        #expect(try await fixture.store.scan(.all, limit: 9, .idsOnly).map(\.id) == [.int(2)])
    }

    @Test func `batches that share rows never deadlock`() async throws {
        // A wait for one of the four connections counts, too.
        let fixture = try PostgresFixture {
            $0.poolSize = 4
            $0.deadline = .seconds(120)
        }
        try await fixture.store.create(PostgresFixture.description())
        let store = fixture.store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for turn in 0..<24 {
                group.addTask {
                    let ids = (0..<200).map { Int64($0) }
                    let records = (turn % 2 == 0 ? ids : ids.reversed()).map {
                        PostgresFixture.record($0, ["turn": .int(Int64(turn))])
                    }
                    try await store.upsert(records)
                    _ = try await store.update(
                        records.map { RecordPatch(id: $0.id, set: ["t": 1]) })
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.count() == 200)
    }

    @Test func `nobody at the address is unreachable, a wrong database is not found`() async throws
    {
        let fixture = try PostgresFixture()
        let nobody = fixture.another {
            $0.connection = Secret("postgresql://me:hush@127.0.0.1:1/db")
        }
        let failure = await Self.failure { _ = try await nobody.count() }
        #expect(failure?.kind == .unreachable)
        #expect(failure?.isDefinite == true)
        #expect(failure?.message.contains("hush") == false)
        let url = fixture.server.url(database: "nosuch")
        let wrong = fixture.another { $0.connection = Secret(url) }
        #expect(await Self.failure { _ = try await wrong.count() }?.kind == .notFound)
        let broken = fixture.another { $0.connection = Secret("postgresql://me:hush@[::1") }
        let refused = await Self.failure { _ = try await broken.count() }
        #expect(refused?.kind == .refused)
        #expect(refused?.message.contains("hush") == false)
    }

    @Test func `a read-only session and a role without rights are told before anything`()
        async throws
    {
        let fixture = try PostgresFixture()
        try await fixture.store.create(PostgresFixture.description())
        try await fixture.store.checkWritable()
        let readOnly = fixture.another {
            $0.connection = Secret(
                fixture.url + "?options=-c%20default_transaction_read_only%3Don")
        }
        #expect(await Self.failure { try await readOnly.checkWritable() }?.kind == .readOnly)
        #expect(
            await Self.failure { try await readOnly.upsert([PostgresFixture.record(1)]) }?.kind
                == .readOnly)
        let role = "weak_\(fixture.url.suffix(6).filter(\.isNumber))"
        try fixture.beside.run("CREATE ROLE \(role) LOGIN; GRANT SELECT ON products TO \(role)")
        let url = fixture.url.replacing("postgres@", with: "\(role)@")
        let weak = fixture.another { $0.connection = Secret(url) }
        #expect(await Self.failure { try await weak.checkWritable() }?.kind == .unauthorized)
        #expect(
            await Self.failure { try await weak.upsert([PostgresFixture.record(1)]) }?.kind
                == .unauthorized)
        #expect(try await weak.count() == 0)
    }
}
