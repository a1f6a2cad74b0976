import JSON
import PlanCore
import PlanStores
import TestServers
import Testing

/// Lists that the server keeps of a collection that was deleted (chroma-core/chroma#7594) come
/// into no record of ours, nor from ours into another's.
@Suite struct ChromaGhostTests {
    private static let description = CollectionDescription(
        name: "products", idKind: .text, vectors: [VectorSpec(dimension: 2, distance: .l2)])
    private static let ids = ["a", "b", "c"]

    /// A collection whose records hold lists, made past the store.
    private func fill(_ place: ChromaFixture, _ name: String) async throws {
        let made = try await place.post("\(place.url)/collections", "{\"name\": \"\(name)\"}")
        let id = try #require(try JSONDocument.parse(Array(made.utf8)).root["id"]?.string)
        try await place.post(
            "\(place.url)/collections/\(id)/upsert",
            """
            {"ids": ["a", "b", "c"], "embeddings": [[1, 2], [1, 2], [1, 2]],
             "metadatas": [{"tags": ["x"]}, {"tags": ["y", "z"]}, {"n": [1, 2]}]}
            """)
    }

    @Test func `a new record holds what was written, whatever was deleted before`() async throws {
        let place = try await ChromaFixture(server: try RESTServer(.chroma))
        try await fill(place, "other")
        try await place.delete("\(place.url)/collections/other")
        try await place.store.create(Self.description)
        let records = [
            Record(id: .string("k"), vector: [1, 2], payload: ["v": 1]),
            Record(id: .string("l"), vector: [1, 2], payload: ["tags": [], "v": 2]),
            Record(id: .string("m"), vector: [1, 2], payload: [:]),
        ]
        try await place.store.upsert(records)
        #expect(try await place.store.scan(.all, after: nil, limit: 10) == records)
        let listed = Filter.contains(field: "tags", "x")
        #expect(try await place.store.count(matching: listed) == 0)
    }

    @Test func `what is dropped leaves nothing to whoever comes next`() async throws {
        let place = try await ChromaFixture(server: try RESTServer(.chroma))
        try await fill(place, "products")
        try await place.store.drop()
        #expect(try await place.store.describe() == nil)
        let made = try await place.post("\(place.url)/collections", "{\"name\": \"next\"}")
        let id = try #require(try JSONDocument.parse(Array(made.utf8)).root["id"]?.string)
        let next = "\(place.url)/collections/\(id)"
        try await place.post(
            next + "/upsert",
            "{\"ids\": [\"k\"], \"embeddings\": [[1, 2]], \"metadatas\": [{\"v\": 1}]}")
        let held = try await place.post(next + "/get", "{\"include\": [\"metadatas\"]}")
        #expect(try JSONDocument.parse(Array(held.utf8)).root["metadatas"]?.value == [["v": 1]])
    }
}
