import HTTPServer
import PlanCore
import PlanStores
import TestServers
import Testing

/// Real servers behind a proxy that asks for a key, and what is seen there of each request.
@Suite struct GateTests {
    @Test(arguments: ["X-Chroma-Token", "Authorization"])
    func `Chroma's key is brought in both ways that are asked for, and never shown`(
        header: String
    ) async throws {
        let fixture = try await ChromaFixture()
        let value = header == "Authorization" ? "Bearer swordfish" : "swordfish"
        let gate = try Gate(before: fixture.server.url, demanding: (header, value))
        for key in [nil, Secret("sword-wrong")] {
            let store = fixture.another {
                $0.http.url = Secret(gate.url)
                $0.http.apiKey = key
            }
            let error = await #expect(throws: StoreError.self) { _ = try await store.describe() }
            #expect(error?.kind == .unauthorized && error?.isDefinite == true)
            #expect(error?.message.contains("sword") == false, "\(error?.message ?? "")")
            #expect(error?.message.contains("api_key") == true, "\(error?.message ?? "")")
        }
        let store = fixture.another {
            $0.http.url = Secret(gate.url)
            $0.http.apiKey = Secret("swordfish")
        }
        try await GateTests.fill(store, .string("1"))
        await gate.end()
    }

    @Test func `another tenant's database is another place`() async throws {
        let server = try RESTServer.shared(.chroma)
        let tenant = "acme & sons \(Int.random(in: 0..<Int.max))"
        let usual = try await ChromaFixture()
        try await usual.post("\(server.url)/api/v2/tenants", "{\"name\": \"\(tenant)\"}")
        let name = usual.store.configuration.database
        let path = "\(server.url)/api/v2/tenants/\(tenant.percentEscaped)/databases"
        try await usual.post(path, "{\"name\": \"\(name)\"}")
        let other = usual.another { $0.tenant = tenant }
        #expect(try await other.describe() == nil)
        try await GateTests.fill(other, .string("1"))
        #expect(try await usual.store.describe() == nil)
        try await GateTests.fill(usual.store, .string("2"))
        #expect(try await other.get([.string("1"), .string("2")]).map(\.id) == [.string("1")])
        #expect(try await usual.store.identity() != other.identity())
        try await other.drop()
        #expect(try await usual.store.count() == 1)
    }

    /// As a server with quotas does: the first of its records, and no word of the others.
    @Test func `a list that is cut is not taken for the whole`() async throws {
        let fixture = try await ChromaFixture()
        let gate = try Gate(before: fixture.server.url) { call in
            guard call.path.hasSuffix("/get"), call["include"] == [] else { return nil }
            return HTTPResponse(
                text: "{\"ids\": [\"1\", \"2\"], \"include\": []}", type: "application/json")
        }
        let store = fixture.another { $0.http.url = Secret(gate.url) }
        try await GateTests.fill(store, .string("1"))
        try await store.upsert([Record(id: .string("2"), vector: [1, 2, 3, 4])])
        #expect(try await store.scan(.all, limit: 9, .idsOnly).count == 2)
        try await store.upsert([Record(id: .string("3"), vector: [1, 2, 3, 4])])
        for call: @Sendable () async throws -> Void in [
            {
                _ = try await fixture.another { $0.http.url = Secret(gate.url) }.scan(
                    .all, limit: 9)
            },
            { _ = try await store.partitions(2) },
        ] {
            let error = await #expect(throws: StoreError.self) { try await call() }
            #expect(error?.kind == .unsupported && error?.isTransient == false)
            #expect(error?.message.contains("lists 2 ids of the 3") == true)
        }
        await gate.end()
    }

    /// The server says `false` and leaves it there.
    @Test func `a collection that its server did not drop is not taken for dropped`() async throws {
        let fixture = try QdrantFixture()
        let gate = try Gate(before: fixture.server.url) { call in
            guard call.method == "DELETE" else { return nil }
            return HTTPResponse(
                text: "{\"result\": false, \"status\": \"ok\"}", type: "application/json")
        }
        let store = fixture.another { $0.http.url = Secret(gate.url) }
        try await store.drop()
        try await GateTests.fill(store, .int(1))
        let error = await #expect(throws: StoreError.self) { try await store.drop() }
        #expect(error?.message.contains("is an alias") == true)
        await gate.end()
    }

    /// The engine has one shard; the key it is asked with is what the document has there.
    @Test func `of custom sharding every request names the one shard`() async throws {
        let fixture = try QdrantFixture()
        let gate = try Gate(before: fixture.server.url) { call in
            guard call.path.hasSuffix("/shards") else { return nil }
            return HTTPResponse(
                text: "{\"result\": true, \"status\": \"ok\"}", type: "application/json")
        }
        let store = fixture.another {
            $0.http.url = Secret(gate.url)
            $0.shardKey = "eu"
        }
        try await GateTests.fill(store, .int(1))
        _ = try await store.update([RecordPatch(id: .int(1), set: ["n": 2])])
        _ = try await store.count(matching: .equal(field: "n", 2))
        _ = try await store.scan(.all, limit: 9)
        _ = try await store.partitions(2)
        _ = try await store.search(Query(vector: .dense([1, 1, 1, 1]), k: 1))
        try await store.delete([.int(1)])
        _ = try await store.delete(matching: .equal(field: "n", 2))
        let calls = gate.calls
        #expect(calls.filter { $0.path.hasSuffix("/shards") }.map { $0["shard_key"] } == ["eu"])
        let made = calls.first { $0.method == "PUT" && $0["vectors"] != .null }
        #expect(made?["sharding_method"] == "custom")
        let points = calls.filter { $0.path.contains("/points") }
        for word in ["/points", "/delete", "/count", "/scroll", "/batch", "/query"] {
            #expect(points.contains { $0.path.hasSuffix(word) }, "\(points.map(\.path))")
        }
        for call in points { #expect(GateTests.shards(call) == ["eu"], "\(call)") }
        await gate.end()
    }

    /// Those that a request's body names, or each of its operations.
    private static func shards(_ call: Gate.Call) -> Set<JSONValue> {
        guard case .array(let operations) = call["operations"] else {
            return [call["shard_key"]]
        }
        return Set(
            operations.map { operation in
                guard case .object(let fields) = operation else { return .null }
                return Gate.Call.field("shard_key", of: fields.first?.value ?? .null)
            })
    }

    private static func fill(_ store: any VectorStore, _ id: RecordID) async throws {
        let kind: CollectionDescription.IDKind = store.kind == "qdrant" ? .intOrUUID : .text
        try await store.create(
            CollectionDescription(
                name: "products", idKind: kind,
                vectors: [VectorSpec(dimension: 4, distance: .l2)]))
        let record = Record(id: id, vector: [1, 2, 3, 4], payload: ["n": 1])
        try await store.upsert([record])
        #expect(try await store.get([id]) == [record])
    }
}
