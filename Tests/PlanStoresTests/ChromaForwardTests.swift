import JSON
import PlanCore
import PlanStores
import TestServers
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

    /// What the server says where a record goes away under the read.
    private static let gone = #"{"error":"InternalError","message":"Error finding id: a"}"#

    @Test(arguments: [1, 4])
    func `a read under which a record goes away is made again`(times: Int) async throws {
        let place = try await filled()
        let proxy = try FaultProxy(server: place.server.port, speaking: .http)
        defer { proxy.stop() }
        let store = place.another { $0.http.url = Secret(proxy.url) }
        proxy.arm(
            .answer(
                "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(Self.gone.utf8.count)\r\n\r\n\(Self.gone)"), times: times
        ) { $0.line.contains("/get ") }
        let get = request("/get", "{\"ids\":[\"b\"],\"include\":[\"embeddings\"]}")
        let got = try await store.forward(get)
        #expect(proxy.met == times + 1)
        #expect(got.status == 200)
        #expect(try JSONDocument.parse(got.body).root["ids"]?.items.first?.string == "b")
    }

    @Test func `a read under which records keep going away is given up within its deadline`()
        async throws
    {
        let place = try await filled()
        let proxy = try FaultProxy(server: place.server.port, speaking: .http)
        defer { proxy.stop() }
        let store = place.another {
            $0.http.url = Secret(proxy.url)
            $0.http.deadline = .seconds(60)
        }
        proxy.arm(
            .answer(
                "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(Self.gone.utf8.count)\r\n\r\n\(Self.gone)")
        ) { $0.line.contains("/get ") }
        let get = request("/get", "{\"ids\":[\"b\"]}")
        let error = await #expect(throws: StoreError.self) { _ = try await store.forward(get) }
        #expect(error?.kind == .busy && error?.isDefinite == true, "\(error?.message ?? "")")
        #expect(proxy.met == 7)
    }

    @Test func `a read beside writes pairs no fields with another version's vector`() async throws {
        let place = try await filled()
        let ids = (0..<8).map { "k\($0)" }
        let listed = ids.map { "\"\($0)\"" }.joined(separator: ",")
        let include = "\"include\":[\"embeddings\",\"metadatas\"]"
        let reads = [
            request("/get", "{\"ids\":[\(listed)],\(include)}"),
            request("/query", "{\"query_embeddings\":[[1,1]],\"n_results\":8,\(include)}"),
        ]
        let end = ContinuousClock.now + .seconds(4)
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                var version = 0
                while .now < end || version <= 10 {
                    version += 1
                    let record = Record(
                        id: .string(ids[version % ids.count]), vector: [Float(version), 1],
                        payload: ["version": .int(Int64(version))])
                    try await place.store.upsert([record])
                }
                return version
            }
            for read in reads + reads {
                group.addTask {
                    var count = 0
                    // However slow the machine is.
                    while .now < end || count <= 10 {
                        let root = try JSONDocument.parse(
                            try await place.store.forward(read).body
                        ).root
                        let torn = Self.torn(root)
                        #expect(torn.isEmpty, "\(read.path): \(torn)")
                        count += 1
                    }
                    return count
                }
            }
            try await group.waitForAll()
        }
    }

    /// Vectors and versions that do not belong together, of those that have a version.
    private static func torn(_ root: JSONNode) -> [String] {
        func column(_ name: String) -> [JSONNode] {
            let items = root[name]?.items ?? []
            return items.first?.kind == .array && root["distances"] != nil
                ? items[0].items : items
        }
        return zip(column("embeddings"), column("metadatas")).compactMap { vector, metadata in
            guard let version = metadata["version"]?.int, let first = vector.floats?.first,
                Float(version) != first
            else { return nil }
            return "\(version) with \(first)"
        }
    }
}
