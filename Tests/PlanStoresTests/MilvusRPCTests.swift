import PlanCore
import TestServers
import Testing

@testable import PlanStores

/// Writes over gRPC beside those over REST, on the real server, and where there is no gRPC. What
/// breaks on the way has its sentences in `FaultConformance`.
@Suite struct MilvusRPCTests {
    private static let fields = [
        "flag:bool", "tiny:int8", "small:int16", "middle:int32", "large:int64", "single:float",
        "real:double", "name:varchar",
    ]

    private static let declared: JSONObject = [
        "flag": true, "tiny": -128, "small": 32_767, "middle": -2_147_483_648,
        "large": 9_007_199_254_740_991, "single": 0.5, "real": 1e-05, "name": "Grüße, \"日本\"",
    ]

    private static let others: [JSONObject] = [
        [:], ["title": "plain", "n": 7, "price": 1.25, "yes": false],
        [
            "none": nil, "nested": ["none": nil, "list": [1, "a", 2.5]], "empty": "", "": "no name",
        ],
        ["great": 9_223_372_036_854_775_807, "tiny number": 1e-300, "minus": -0.5],
        ["id": "not mine", "vector": [1], "$meta": "no", "~a": 1, "a#json": 2],
        ["line\nbreak": "tab\tand \u{0}", "emoji": "👩‍👩‍👧"],
    ]

    private func record(_ id: Int64, _ payload: JSONObject) -> Record {
        Record(id: .int(id), vector: [Float(id), 1, 0.5, -2], payload: payload)
    }

    @Test func `a record is the same, whichever way it was written`() async throws {
        let fixture = try await MilvusFixture()
        defer { fixture.end() }
        try fixture.server.makeCollection(
            fixture.configuration.collection, dimension: 4, textIDs: false, metric: "L2",
            fields: Self.fields)
        let payloads = Self.others.map { $0.merging(Self.declared) { given, _ in given } }
        let count = Int64(payloads.count)
        let first = payloads.enumerated().map { record(Int64($0.offset), $0.element) }
        let second = payloads.enumerated().map { record(count + Int64($0.offset), $0.element) }
        let byREST = fixture.patient { $0.writesByRPC = false }
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        defer { proxy.stop() }
        let byRPC = fixture.patient {
            $0.recordsByRPC = 1
            $0.http.url = Secret(proxy.url)
        }
        // Breaks nothing, and counts what goes over gRPC.
        proxy.arm(.resetBefore, times: 0) { $0.bytes.first == 0 && $0.bytes.count > 5 }
        try await byREST.upsert(first)
        try await byRPC.upsert(second)
        #expect(proxy.met == 1)
        let held = try await byRPC.scan(.all, limit: 100)
        #expect(held == first + second)
    }

    /// Its REST API takes none, and makes other numbers and texts of the rest.
    @Test func `a field of JSON is written, and what does not fit its field is refused`()
        async throws
    {
        let fixture = try await MilvusFixture()
        defer { fixture.end() }
        try fixture.server.makeCollection(
            fixture.configuration.collection, dimension: 4, textIDs: false, metric: "L2",
            fields: ["tiny:int8", "name:varchar", "tree:json"])
        let store = fixture.patient()
        let sound: JSONObject = [
            "tiny": 1, "name": "a", "tree": ["a": [1, "two", ["three": 3.5]], "b": true],
        ]
        try await store.upsert([record(1, sound)])
        for odd: JSONObject in [
            ["tiny": 300], ["tiny": 1.5], ["tiny": "1"], ["name": 5], ["name": nil], ["tree": 5],
        ] {
            let error = await #expect(throws: StoreError.self) {
                try await store.upsert([
                    record(2, sound), record(3, sound.merging(odd) { $1 }),
                ])
            }
            #expect(error?.kind == .refused && error?.ids == [.int(3)], "\(odd)")
        }
        #expect(try await store.scan(.all, limit: 9) == [record(1, sound)])
    }

    /// Sound records would be booked as refused.
    @Test func `a field of JSON is not written over REST where gRPC does not answer`() async throws
    {
        let fixture = try await MilvusFixture()
        defer { fixture.end() }
        try fixture.server.makeCollection(
            fixture.configuration.collection, dimension: 4, textIDs: false, metric: "L2",
            fields: ["tree:json"])
        let sound = record(1, ["tree": ["a": 1]])
        let turnedOff = fixture.patient { $0.writesByRPC = false }
        let off = await #expect(throws: StoreError.self) { try await turnedOff.upsert([sound]) }
        #expect(off?.kind == .unsupported && off?.message.contains("'grpc: false'") == true)
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        defer { proxy.stop() }
        proxy.arm(.garbage) { $0.bytes.first == 0 }
        let store = fixture.patient { $0.http.url = Secret(proxy.url) }
        let error = await #expect(throws: StoreError.self) { try await store.upsert([sound]) }
        #expect(error?.kind == .busy && error?.isDefinite == true, "\(String(describing: error))")
    }

    /// The server answers a hit with fields of these names.
    @Test func `a field of the schema whose name is taken has a twin`() async throws {
        let fixture = try await MilvusFixture()
        defer { fixture.end() }
        try fixture.server.makeCollection(
            fixture.configuration.collection, dimension: 4, textIDs: false, metric: "L2",
            fields: ["score:varchar", "n:int64"])
        let store = fixture.patient { $0.recordsByRPC = 1 }
        let records = (1...3).map { record($0, ["score": .string("s\($0)"), "n": 5]) }
        try await store.upsert(records)
        #expect(try await store.scan(.all, limit: 9) == records)
    }

    @Test func `what the server refuses is refused with its own words, and nothing was done`()
        async throws
    {
        let fixture = try await MilvusFixture()
        defer { fixture.end() }
        let store = fixture.patient { $0.recordsByRPC = 1 }
        try await store.create(
            CollectionDescription(
                name: "products", idKind: .int, vectors: [VectorSpec(dimension: 4, distance: .l2)]))
        let large = record(1, ["text": .string(String(repeating: "a", count: 70_000))])
        let error = await #expect(throws: StoreError.self) { try await store.upsert([large]) }
        #expect(error?.kind == .refused && error?.isDefinite == true)
        #expect(error?.message.contains("65536") == true, "\(String(describing: error))")
        #expect(try await store.count() == 0)
    }

    @Test func `a server without gRPC is written to over REST`() async throws {
        let fixture = try MilvusLiteFixture {
            $0.writesByRPC = true
            $0.recordsByRPC = 1
        }
        try await fixture.store.create(
            CollectionDescription(
                name: "products", idKind: .int, vectors: [VectorSpec(dimension: 4, distance: .l2)]))
        let records = (1...3).map { record(Int64($0), ["n": .int(Int64($0))]) }
        try await fixture.store.upsert(records)
        #expect(try await !fixture.store.calls.isThere())
        #expect(try await fixture.store.scan(.all, limit: 9) == records)
    }
}
