import PlanCore
import PlanStores
import TestServers
import Testing

/// What the real server answers now and then beside writes, made to come here: fewer hits than there
/// are, or hits that nobody holds any more.
@Suite struct MilvusSearchTests {
    private static let path = "POST /v1/vector/search "

    private func answer(_ hits: String) -> FaultProxy.Fault {
        let body = #"{"code":200,"data":["# + hits + "]}"
        return .answer(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    private func search(_ filter: Filter? = nil) -> Query {
        Query(vector: .dense([1, 0, 0, 0]), filter: filter, k: 5)
    }

    @Test func `what comes short is asked for again, and what a filter leaves nothing of`()
        async throws
    {
        let fixture = try await MilvusFixture()
        defer { fixture.end() }
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        defer { proxy.stop() }
        let store = fixture.patient { $0.http.url = Secret(proxy.url) }
        try await store.create(
            CollectionDescription(
                name: "a", idKind: .int, vectors: [VectorSpec(dimension: 4, distance: .l2)]))
        try await store.upsert(Samples.records(1...20))

        for hits in ["", #"{"id":999,"distance":0.5}"#, #"{"id":7,"distance":0.5}"#] {
            proxy.arm(answer(hits), times: 1) { $0.line.hasPrefix(Self.path) }
            let found = try await store.search(search())
            #expect(found.count == 5, "after \(hits)")
            #expect(proxy.met == 2, "after \(hits)")
        }
        let two = search(.hasID([.int(3), .int(4)]))
        proxy.arm(answer(""), times: 1) { $0.line.hasPrefix(Self.path) }
        let found = try await store.search(two).map(\.record.id)
        #expect(Set(found) == [.int(3), .int(4)])
        #expect(proxy.met == 2)
        // Two of five, and nothing strange about it.
        proxy.arm(answer(""), times: 0) { $0.line.hasPrefix(Self.path) }
        let few = try await store.search(two)
        #expect(few.count == 2)
        #expect(proxy.met == 1)
    }
}
