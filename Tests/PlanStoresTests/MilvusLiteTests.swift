import HTTPServer
import JSON
import PlanCore
import PlanStores
import Synchronization
import TestServers
import Testing

/// What is Milvus's own in the second version of its API: the engine of Milvus 2.5 behind our shim.
@Suite struct MilvusLiteTests {
    private static let key: JSONValue = ["fieldName": "id", "dataType": "Int64", "isPrimary": true]

    private static func vector(_ name: String, _ type: String = "FloatVector") -> JSONValue {
        [
            "fieldName": .string(name), "dataType": .string(type),
            "elementTypeParams": type.hasPrefix("Sparse") ? [:] : ["dim": "4"],
        ]
    }

    /// `index`: the vectors that are indexed; without one, the collection is not loaded.
    private static func schema(
        _ fields: [JSONValue], index: [String] = ["vector"], isDynamic: Bool = true,
        makesIDs: Bool = false
    ) -> JSONObject {
        [
            "schema": [
                "autoID": .bool(makesIDs), "enableDynamicField": .bool(isDynamic),
                "fields": .array(fields),
            ],
            "indexParams": .array(
                index.map { ["fieldName": .string($0), "metricType": "L2"] }),
        ]
    }

    private func failure(_ body: () async throws -> Void) async -> StoreError? {
        await #expect(throws: StoreError.self) { try await body() }
    }

    @Test func `the shim refuses what the server refuses, by its codes`() async throws {
        let fixture = try MilvusLiteFixture()
        let made = try await fixture.send(
            "collections/create", Self.schema([Self.key, Self.vector("vector")]))
        #expect(made["code"] == 0, "\(made)")
        for (path, body, code) in [
            ("collections/describe", ["collectionName": ""], 1_802),
            ("collections/create", ["dimension": 3], 65_535),
            ("entities/query", ["filter": "id >", "limit": 1], 1_100),
            ("entities/query", ["filter": "id > 0", "limit": 16_385], 65_535),
            ("entities/query", ["filter": "id > 0", "consistencyLevel": "none"], 1_100),
            ("entities/delete", [:], 1_802), ("entities/search", ["limit": 1], 1_802),
            ("entities/search", ["data": [[1, 2]], "limit": 1], 1_801),
            ("entities/upsert", ["data": [["id": 1]]], 1_804),
            ("entities/upsert", ["data": [["id": 1, "vector": [1, 2, 3]]]], 1_804),
            ("entities/query", ["dbName": "none", "filter": "id > 0"], 800),
        ] as [(String, JSONObject, Int64)] {
            let answer = try await fixture.send(
                path, body.merging(["consistencyLevel": "Bounded"]) { given, _ in given })
            #expect(answer["code"] == .int(code), "\(path) \(body): \(answer)")
        }
    }

    @Test(arguments: [("Eventually", "Bounded"), ("Strong", "Strong")])
    func `every read asks for a bound, and for more where its collection was made with more`(
        level: String, asked: String
    ) async throws {
        let fixture = try MilvusLiteFixture()
        let made = try await make(level, in: fixture)
        #expect(made["code"] == 0, "\(made)")
        let store = fixture.store
        try await store.upsert(Samples.records(1...3))
        #expect(try await store.get([.int(1)]).count == 1)
        #expect(try await store.count() == 3)
        #expect(try await store.scan(.all, limit: 9) == Samples.records(1...3))
        #expect(try await store.partitions(2).count == 2)
        let hits = try await store.search(
            Query(vector: .dense([1, 0.5, -0.25, 2]), k: 3, includePayload: true))
        #expect(hits.count == 3)
        let seen = try await fixture.send("shim/levels")
        #expect(seen["data"] == .array([.string(asked)]), "\(seen)")
        for (path, body) in [
            ("entities/query", ["filter": "id > 0", "limit": 1]),
            ("entities/search", ["data": [[1, 0.5, -0.25, 2]], "limit": 1]),
        ] as [(String, JSONObject)] {
            let answer = try await fixture.send(path, body)
            #expect(answer["code"] == 1_802, "\(path): \(answer)")
        }
    }

    /// Before 2.5.12 a query is answered by the collection's own level, whatever it asks for.
    @Test func `a collection without a bound is refused by its level where no query asks for one`()
        async throws
    {
        let older = try RESTServer(.milvusLite, environment: ["MILVUS_QUERY_LEVELS": "0"])
        for level in ["Bounded", "Strong", "Eventually", "Session"] {
            let fixture = try MilvusLiteFixture(server: older)
            let made = try await make(level, in: fixture)
            #expect(made["code"] == 0, "\(made)")
            if level == "Bounded" || level == "Strong" {
                try await fixture.store.upsert(Samples.records(1...2))
                #expect(try await fixture.store.scan(.all, limit: 9) == Samples.records(1...2))
                continue
            }
            let error = await failure { _ = try await fixture.store.describe() }
            #expect(error?.kind == .unsupported && error?.isDefinite == true, "\(level)")
            #expect(error?.message.contains("'\(level)'") == true, "\(error?.message ?? "")")
        }
    }

    private func make(
        _ level: String, in fixture: MilvusLiteFixture
    ) async throws -> JSONObject {
        var body = Self.schema([Self.key, Self.vector("vector")])
        body["params"] = ["consistencyLevel": .string(level)]
        return try await fixture.send("collections/create", body)
    }

    /// What others wrote may have ids that are refused here.
    @Test func `looking whether a collection may be written to deletes nobody's record`()
        async throws
    {
        let text: JSONValue = [
            "fieldName": "id", "dataType": "VarChar", "isPrimary": true,
            "elementTypeParams": ["max_length": "8"],
        ]
        let foreign: [(key: JSONValue, id: JSONValue)] = [
            (text, ""), (Self.key, .int(.max)), (Self.key, 1),
        ]
        for (key, id) in foreign {
            let fixture = try MilvusLiteFixture()
            try await fixture.send("collections/create", Self.schema([key, Self.vector("vector")]))
            let added = try await fixture.send(
                "entities/insert", ["data": [["id": id, "vector": [1, 0.5, -0.25, 2]]]])
            #expect(added["code"] == 0, "\(added)")
            let held = try await fixture.store.count()
            // The greatest integer is a mark of the engine's own.
            #expect(held == 1 || id == .int(.max), "\(id)")
            try await fixture.store.checkWritable()
            #expect(try await fixture.store.count() == held, "\(id)")
        }
    }

    @Test func `a collection that is not loaded is refused until it is`() async throws {
        let fixture = try MilvusLiteFixture()
        try await fixture.send(
            "collections/create", Self.schema([Self.key, Self.vector("vector")]))
        try await fixture.store.upsert(Samples.records(1...2))
        try await fixture.send("collections/release")
        let other = fixture.another()
        let calls: [@Sendable () async throws -> Void] = [
            { try await other.checkWritable() }, { try await other.upsert(Samples.records(3...3)) },
            { _ = try await other.get([.int(1)]) }, { _ = try await other.count() },
        ]
        for (index, call) in calls.enumerated() {
            let error = await failure(call)
            #expect(
                error?.message.contains("load") == true, "call \(index): \(error?.message ?? "")")
            #expect(error?.isDefinite == true && error?.isTransient == false, "call \(index)")
        }
        try await fixture.send("collections/load")
        try await other.checkWritable()
        #expect(try await other.scan(.all, limit: 9) == Samples.records(1...2))
    }

    @Test func `a collection is made when it is loaded, and one that loads is busy`() async throws {
        let server = try RESTServer(.milvusLite, environment: ["MILVUS_LOAD_S": "2"])
        let fixture = try MilvusLiteFixture(server: server)
        let spec = VectorSpec(dimension: 4, distance: .l2)
        try await fixture.store.create(
            CollectionDescription(name: "products", idKind: .int, vectors: [spec]))
        try await fixture.store.checkWritable()
        #expect(try await fixture.store.count() == 0)
        let other = fixture.another()
        try await fixture.send("collections/release")
        try await fixture.send("collections/load")
        let error = await failure { try await other.checkWritable() }
        #expect(error?.kind == .busy && error?.isDefinite == true)
        // Loaded anew, so that a slow machine is not too late for this one.
        try await fixture.send("collections/release")
        try await fixture.send("collections/load")
        let read = await failure { _ = try await fixture.store.count() }
        #expect(read?.kind == .busy && read?.isDefinite == true)
    }

    @Test func `a collection that makes its ids, or has other vectors, is refused`() async throws {
        let making = try MilvusLiteFixture()
        try await making.send(
            "collections/create",
            Self.schema([Self.key, Self.vector("vector")], makesIDs: true))
        let error = await failure { try await making.store.checkWritable() }
        #expect(error?.kind == .unsupported && error?.message.contains("autoId") == true)
        for (more, said) in [
            (Self.vector("image"), "'image' (FloatVector)"),
            (Self.vector("words", "SparseFloatVector"), "'words' (SparseFloatVector)"),
        ] {
            let fixture = try MilvusLiteFixture()
            let made = try await fixture.send(
                "collections/create",
                Self.schema([Self.key, Self.vector("vector"), more], index: []))
            #expect(made["code"] == 0, "\(made)")
            let error = await failure { _ = try await fixture.store.describe() }
            #expect(error?.kind == .unsupported)
            #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
        }
    }

    /// Past our own names: a hit's key is `id` in the answer of a search, whatever the schema says.
    @Test func `a key and a vector of any name are read, searched and written`() async throws {
        let fixture = try MilvusLiteFixture()
        let key: JSONValue = [
            "fieldName": "pk", "dataType": "VarChar", "isPrimary": true,
            "elementTypeParams": ["max_length": "8"],
        ]
        try await fixture.send(
            "collections/create",
            Self.schema([key, Self.vector("embedding")], index: ["embedding"]))
        let payload: JSONObject = ["id": 7, "vector": "v", "distance": 1.5, "pk": nil]
        let records = ["a\"b", "c\\d", "é"].map { Samples.record(.string($0), payload) }
        try await fixture.store.upsert(records)
        #expect(try await fixture.store.describe()?.vectors.map(\.name) == [""])
        #expect(try await fixture.store.get(records.map(\.id)).count == 3)
        let hits = try await fixture.store.search(
            Query(
                vector: .dense([1, 0.5, -0.25, 2]), filter: .hasID([.string("c\\d")]), k: 3,
                includePayload: true))
        #expect(hits.map(\.record.id) == [.string("c\\d")] && hits.first?.distance == 0)
        #expect(hits.first?.record.payload == payload)
        let long = await failure {
            try await fixture.store.upsert([Samples.record(.string("nine bytes"))])
        }
        #expect(long?.kind == .refused && long?.ids == [.string("nine bytes")])
    }

    @Test func `fields of a schema come as what they are declared`() async throws {
        let fixture = try MilvusLiteFixture()
        let fields: [JSONValue] = [
            Self.key, Self.vector("vector"), ["fieldName": "year", "dataType": "Int64"],
            ["fieldName": "meta", "dataType": "JSON"], ["fieldName": "good", "dataType": "Bool"],
            [
                "fieldName": "tags", "dataType": "Array", "elementDataType": "VarChar",
                "elementTypeParams": ["max_capacity": "8", "max_length": "8"],
            ],
            [
                "fieldName": "title", "dataType": "VarChar",
                "elementTypeParams": ["max_length": "64"],
            ],
        ]
        let made = try await fixture.send(
            "collections/create", Self.schema(fields, isDynamic: false))
        #expect(made["code"] == 0, "\(made)")
        let payloads: [JSONObject] = [
            [
                "year": 9_007_199_254_740_993, "meta": ["deep": ["a": 1]], "good": true,
                "tags": ["x", "y"], "title": "\"quoted\"",
            ],
            ["year": -1, "meta": [1, "two"], "good": false, "tags": [], "title": ""],
        ]
        let records = payloads.enumerated().map { Samples.record(.int(Int64($0)), $1) }
        let answer = try await fixture.send(
            "entities/insert",
            [
                "data": .array(
                    records.map {
                        .object(
                            $0.payload.merging([
                                "id": .int($0.id == .int(0) ? 0 : 1), "vector": [1, 0.5, -0.25, 2],
                            ]) { $1 })
                    })
            ])
        #expect(answer["code"] == 0, "\(answer)")
        #expect(try await fixture.store.scan(.all, limit: 9) == records)
    }

    @Test func `a field that a collection has no place for is refused, not passed over`()
        async throws
    {
        let fixture = try MilvusLiteFixture()
        let fields = [
            Self.key, Self.vector("vector"), ["fieldName": "year", "dataType": "Int64"],
        ]
        let made = try await fixture.send(
            "collections/create", Self.schema(fields, isDynamic: false))
        #expect(made["code"] == 0, "\(made)")
        let advice = try await fixture.store.describe()?.advice
        #expect(advice?.first?.message.contains("no dynamic fields") == true, "\(advice ?? [])")
        let sound = Samples.record(.int(1), ["year": .int(1 << 60)])
        try await fixture.store.upsert([sound])
        let odd: JSONObject = ["year": 2000, "colour": "red"]
        let error = await failure {
            try await fixture.store.upsert([sound, Samples.record(.int(2), odd)])
        }
        #expect(error?.kind == .refused && error?.ids == [.int(2)])
        #expect(try await fixture.store.scan(.all, limit: 9) == [sound])
    }

    @Test func `a name that is taken is not renamed to`() async throws {
        let (first, second) = (try MilvusLiteFixture(), try MilvusLiteFixture())
        let spec = VectorSpec(dimension: 4, distance: .l2)
        for store in [first.store, second.store] {
            try await store.create(
                CollectionDescription(name: "any", idKind: .int, vectors: [spec]))
        }
        #expect(first.store.capabilities.canRename)
        let taken = second.store.configuration.collection
        let error = await failure { try await first.store.rename(to: taken) }
        #expect(error?.message.contains(taken) == true, "\(error?.message ?? "")")
        for store in [first.store, second.store] { #expect(try await store.count() == 0) }
    }

    @Test func `a vector with a name is refused before a collection is made`() async throws {
        let fixture = try MilvusLiteFixture()
        let spec = VectorSpec(name: "text", dimension: 4, distance: .l2)
        let error = await failure {
            try await fixture.store.create(
                CollectionDescription(name: "any", idKind: .int, vectors: [spec]))
        }
        #expect(error?.kind == .unsupported && error?.isDefinite == true)
        #expect(error?.message.contains("vectors: {text: \"\"}") == true)
        #expect(try await fixture.store.describe() == nil)
    }

    /// The server keeps no description of a collection before 2.5.5, and no long name of a field.
    @Test func `a claim of any length and letters is kept`() async throws {
        let fixture = try MilvusLiteFixture()
        let claim = RunClaim(
            run: "r\"un\\", plan: String(repeating: "é🙂", count: 20), host: "",
            state: "/" + String(repeating: "long/", count: 400))
        #expect(try await fixture.store.claim(claim) == claim)
        #expect(try await fixture.another().claim(claim) == claim)
        var other = claim
        other.state += "x"
        other.run = "other"
        #expect(try await fixture.another().claim(other) == claim)
        try await fixture.store.release(claim)
        #expect(try await fixture.store.claim(other) == other)
        try await fixture.store.release(other)
    }

    @Test func `a token that does not hold is said so`() async throws {
        let server = try RESTServer(.milvusLite, environment: ["MILVUS_TOKEN": "root:Milvus"])
        for (key, isRight) in [("root:Milvus", true), ("root:other", false), (nil, false)] {
            let fixture = try MilvusLiteFixture(server: server) {
                $0.http.apiKey = key.map { Secret($0) }
            }
            if isRight {
                #expect(try await fixture.store.describe() == nil)
                continue
            }
            let error = await failure { _ = try await fixture.store.describe() }
            #expect(error?.kind == .unauthorized && error?.isTransient == false)
            #expect(error?.message.contains("authenticated") == true, "\(error?.message ?? "")")
        }
    }

    /// It would give up by itself after 30 s.
    @Test func `a walk over a collection asks the server for as long as it waits`() async throws {
        let seen = Mutex<[String?]>([])
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { request in
            let isQuery = request.path == "/v2/vectordb/entities/query"
            if isQuery { seen.withLock { $0.append(request.headers["request-timeout"]) } }
            let described = """
                {"code": 0, "data": {"collectionName": "a", "load": "LoadStateLoaded", "fields": [
                {"name": "id", "type": "Int64", "primaryKey": true}, {"name": "vector",
                "type": "FloatVector", "params": [{"key": "dim", "value": "4"}]}]}}
                """
            return HTTPResponse(
                text: isQuery ? #"{"code": 0, "data": []}"# : described, type: "application/json")
        }
        let store = MilvusStore(
            configuration: MilvusStoreConfiguration(
                url: Secret("http://127.0.0.1:\(server.port)"), collection: "a"))
        _ = try await store.get([.int(1)])
        _ = try await store.scan(.all, limit: 1)
        #expect(seen.withLock { $0 } == [nil, "600"])
        await store.close()
        await server.stop()
    }
}
