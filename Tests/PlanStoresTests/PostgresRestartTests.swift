import PlanCore
import PlanStores
import TestServers
import Testing

/// These stop the server, so they have one of their own.
@Suite(.serialized) struct PostgresRestartTests {
    @Test func `a restart between calls is not noticed, and one under way says what is known`()
        async throws
    {
        let server = try PostgresServer()
        defer { server.remove() }
        let fixture = try PostgresFixture(server: server)
        let store = fixture.store
        try await store.create(PostgresFixture.description())
        try await store.upsert([PostgresFixture.record(1)])
        let identity = try await store.identity()
        try server.restart()
        try await store.upsert([PostgresFixture.record(2)])
        #expect(try await store.count() == 2)
        #expect(try await store.identity() == identity)
        try server.stop()
        await #expect {
            try await store.upsert([PostgresFixture.record(3)])
        } throws: { error in
            (error as? StoreError)?.kind == .unreachable
                && (error as? StoreError)?.isDefinite == true
        }
        try server.start()
        try server.crash()
        try server.start()
        #expect(try await store.count() == 2)
    }
}
