import PlanCore
import PlanStores
import TestServers
import Testing

/// A server that is gone, hangs, or comes back.
@Suite(.serialized) struct ChromaFaultTests {
    private static let description = CollectionDescription(
        name: "products", idKind: .int, vectors: [VectorSpec(dimension: 4, distance: .l2)])

    @Test func `a server that hangs leaves a write in doubt and a read surely undone`()
        async throws
    {
        let server = try RESTServer(.chroma)
        let fixture = try await ChromaFixture(server: server) { $0.http.deadline = .seconds(60) }
        try await fixture.store.create(Self.description)
        try await fixture.store.upsert(Samples.records(1...3))
        let hasty = fixture.another { $0.http.deadline = .milliseconds(1_500) }
        // Nobody's id: by then it knows the collection and what the server takes.
        try await eventually { try await hasty.delete([.int(9)]) }
        server.freeze()
        let write = await #expect(throws: StoreError.self) { try await hasty.delete([.int(1)]) }
        #expect(write?.kind == .timeout && write?.isDefinite == false)
        let read = await #expect(throws: StoreError.self) { _ = try await hasty.get([.int(1)]) }
        #expect(read?.kind == .timeout && read?.isDefinite == true && read?.isTransient == true)
        server.thaw()
        let found = try await eventually { try await hasty.get([.int(2)]) }
        #expect(found == Samples.records(2...2))
    }

    @Test func `a server that is gone is unreachable, and found again`() async throws {
        let server = try RESTServer(.chroma)
        let fixture = try await ChromaFixture(server: server)
        try await fixture.store.create(Self.description)
        try await fixture.store.upsert(Samples.records(1...3))
        let identity = try await fixture.store.identity()
        server.crash()
        let error = await #expect(throws: StoreError.self) {
            try await fixture.store.upsert(Samples.records(4...4))
        }
        #expect(error?.kind == .unreachable && error?.isTransient == true)
        try server.start()
        #expect(try await fixture.store.identity() == identity)
        #expect(try await fixture.store.scan(.all, limit: 9) == Samples.records(1...3))
        try await fixture.store.upsert(Samples.records(4...4))
        #expect(try await fixture.store.count() == 4)
    }
}
