import HTTPClient
import JSON
import PlanCore
import PlanStores
import TestServers
import Testing

/// Milvus holds an id as many times as it was inserted, and answers it once, after it has counted
/// rows: a page comes shorter than was asked for, and of several segments it may miss ids.
@Suite struct MilvusDuplicateTests {
    private static let ids = Array<Int64>(1...40)

    private func row(_ id: Int64) -> JSONValue {
        ["id": .int(id), "vector": [.int(id), 1], "n": .int(id)]
    }

    private func insert(
        _ times: Int, _ server: RESTServer, _ path: String, _ collection: String
    ) async throws {
        let body: JSONValue = [
            "collectionName": .string(collection), "data": .array(Self.ids.map(row)),
        ]
        for _ in 0..<times {
            let answer = try await HTTPClient().request(
                "POST", server.url + path, headers: [("Content-Type", "application/json")],
                body: Array(JSON.text(body).utf8))
            let code = try JSONDocument.parse(answer.body).root["code"]?.int
            #expect(code == 200 || code == 0, "\(answer.text)")
        }
    }

    private func expectWhole(_ store: any VectorStore) async throws {
        for limit in [3, 10, 100] {
            var seen: [RecordID] = []
            while true {
                let page = try await store.scan(.all, after: seen.last, limit: limit)
                seen += page.map(\.id)
                if page.count < limit { break }
            }
            #expect(seen == Self.ids.map(RecordID.int), "pages of \(limit)")
        }
        let got = try await store.get(Self.ids.map(RecordID.int)).map(\.id)
        #expect(Set(got) == Set(Self.ids.map(RecordID.int)) && got.count == Self.ids.count)
        let parts = try await store.partitions(4)
        var found: [RecordID] = []
        for part in parts { found += try await store.scan(part, limit: 100).map(\.id) }
        #expect(found == Self.ids.map(RecordID.int))
    }

    private var description: CollectionDescription {
        CollectionDescription(
            name: "a", idKind: .int, vectors: [VectorSpec(dimension: 2, distance: .l2)])
    }

    @Test func `the real server's pages leave nothing out`() async throws {
        let fixture = try await MilvusFixture()
        defer { fixture.end() }
        let store = fixture.patient()
        try await store.create(description)
        try await insert(
            4, fixture.server, "/v1/vector/insert", fixture.configuration.collection)
        fixture.wrote()
        try await expectWhole(store)
    }

    @Test func `the newer engine's pages leave nothing out`() async throws {
        let fixture = try MilvusLiteFixture()
        try await fixture.store.create(description)
        try await insert(
            4, fixture.server, "/v2/vectordb/entities/insert",
            fixture.store.configuration.collection)
        try await expectWhole(fixture.store)
    }
}
