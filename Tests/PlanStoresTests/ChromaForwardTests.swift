import JSON
import PlanCore
import PlanStores
import Testing

/// Requests of an application's client, as they came.
@Suite struct ChromaForwardTests {
    private func filled() async throws -> ChromaFixture {
        let place = try await ChromaFixture()
        try await place.store.create(
            CollectionDescription(
                name: "products", idKind: .text, vectors: [VectorSpec(dimension: 2, distance: .l2)])
        )
        _ = try await place.store.apply(
            request(
                "/add",
                "{\"ids\":[\"a\",\"b\"],\"embeddings\":[[1,2],[3,4]],"
                    + "\"metadatas\":[{\"n\":1},{\"n\":2}]}"), isAtomic: false)
        return place
    }

    private func request(_ path: String, _ body: String) -> ForwardedRequest {
        ForwardedRequest(
            kind: "chroma", method: "POST", scope: .collection, path: path,
            contentType: "application/json", body: Array(body.utf8))
    }

    @Test func `a write is applied in the server's own way`() async throws {
        let place = try await filled()
        let again = request("/add", "{\"ids\":[\"a\"],\"embeddings\":[[9,9]]}")
        #expect(try await place.store.apply(again, isAtomic: true) == nil)
        #expect(
            try await place.store.get([.string("a")]) == [
                Record(id: .string("a"), vector: [1, 2], payload: ["n": 1])
            ])
    }

    @Test func `a delete tells how many it took`() async throws {
        let place = try await filled()
        let delete = request("/delete", "{\"where\":{\"n\":{\"$gt\":1}}}")
        #expect(try await place.store.apply(delete, isAtomic: false) == 1)
        #expect(try await place.store.count() == 1)
    }

    @Test func `a refused write was surely not applied`() async throws {
        let place = try await filled()
        let short = request("/add", "{\"ids\":[\"c\"],\"embeddings\":[[1]]}")
        do {
            _ = try await place.store.apply(short, isAtomic: false)
            Issue.record("it was taken")
        } catch let error as StoreError {
            #expect(error.kind == .refused && error.isDefinite, "\(error)")
        }
        #expect(try await place.store.count() == 2)
    }

    @Test func `a read gets the server's own word, refusals included`() async throws {
        let place = try await filled()
        let got = try await place.store.forward(
            request("/get", "{\"ids\":[\"b\"],\"include\":[\"metadatas\"]}"))
        #expect(got.status == 200)
        #expect(try JSONDocument.parse(got.body).root["ids"]?.items.first?.string == "b")
        let wrong = try await place.store.forward(request("/get", "{\"where\":{}}"))
        #expect(wrong.status == 400)
        #expect(
            try JSONDocument.parse(wrong.body).root["error"]?.string == "InvalidArgumentError")
    }
}
