import HTTPClient
import HTTPServer
import PlanCore
import PlanStores
import Synchronization
import TestServers
import Testing

/// Servers that are old, closed, busy, gone, or none of Qdrant's.
@Suite struct QdrantFaultTests {
    private static let row = Samples.record(.int(1), ["a": 1])

    private func store(
        _ url: String, _ change: (inout QdrantStoreConfiguration) -> Void = { _ in }
    ) -> QdrantStore {
        var configuration = QdrantStoreConfiguration(url: Secret(url), collection: "products")
        configuration.http.deadline = .seconds(5)
        change(&configuration)
        return QdrantStore(configuration: configuration)
    }

    @Test func `a server before 1.10 is searched and cut by its own means`() async throws {
        let server = try RESTServer(.qdrant, environment: ["QDRANT_OLD": "1"])
        let store = store(server.url)
        try await store.create(QdrantStoreTests.description())
        try await store.upsert(Samples.records(0..<300, ["a": 1]))
        for _ in 0..<2 {
            let hits = try await store.search(
                Query(
                    vector: .dense([1, 2, 3, 4]), filter: .hasID([.int(7), .int(8)]), k: 9))
            #expect(hits.map(\.record.id) == [.int(7), .int(8)])
        }
        let ranges = try await store.partitions(3)
        #expect(ranges.count == 3)
        #expect(try await store.scan(ranges[1], limit: 999, .idsOnly).count == 100)
    }

    @Test func `a key is asked for and never shown`() async throws {
        let server = try RESTServer(.qdrant, environment: ["QDRANT_API_KEY": "swordfish"])
        for key in [nil, Secret("sword-wrong")] {
            let store = store(server.url) { $0.http.apiKey = key }
            let error = await #expect(throws: StoreError.self) { _ = try await store.describe() }
            #expect(error?.kind == .unauthorized && error?.isDefinite == true)
            #expect(error?.message.contains("sword") == false, "\(error?.message ?? "")")
            #expect(error?.message.contains("api_key") == true)
        }
        let store = store(server.url) { $0.http.apiKey = Secret("swordfish") }
        try await store.create(QdrantStoreTests.description())
        try await store.upsert([Self.row])
        #expect(try await store.count() == 1)
    }

    @Test func `where nobody listens nothing was applied`() async throws {
        let store = store("http://127.0.0.1:1")
        for call: @Sendable () async throws -> Void in [
            { _ = try await store.describe() }, { try await store.upsert([Self.row]) },
            { _ = try await store.claim(RunClaim(run: "r", plan: "p", host: "h", state: "s")) },
        ] {
            let error = await #expect(throws: StoreError.self) { try await call() }
            #expect(error?.kind == .unreachable && error?.isDefinite == true)
            #expect(error?.isTransient == true)
        }
    }

    @Test func `a server that hangs leaves a write unknown and a read definite`() async throws {
        let server = try RESTServer(.qdrant)
        let patient = store(server.url) { $0.http.deadline = .seconds(60) }
        try await patient.create(QdrantStoreTests.description())
        try await patient.upsert([Self.row])
        let hasty = store(server.url) { $0.http.deadline = .seconds(1) }
        // By then it knows the collection, and has a connection.
        try await eventually { try await hasty.upsert([Self.row]) }
        server.freeze()
        let write = await #expect(throws: StoreError.self) { try await hasty.upsert([Self.row]) }
        #expect(write?.kind == .timeout && write?.isDefinite == false)
        let read = await #expect(throws: StoreError.self) { _ = try await hasty.get([.int(1)]) }
        #expect(read?.kind == .timeout && read?.isDefinite == true)
        server.thaw()
    }

    /// Answers in turn as told, the last for ever.
    private func serving(
        _ answers: [HTTPResponse], _ body: (QdrantStore) async throws -> Void
    ) async throws -> Int {
        let asked = Mutex(0)
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { _ in
            let turn = asked.withLock { count in
                count += 1
                return count - 1
            }
            return answers[min(turn, answers.count - 1)]
        }
        let store = store("http://127.0.0.1:\(server.port)")
        do {
            try await body(store)
        } catch {
            await server.stop(within: .zero)
            throw error
        }
        await server.stop(within: .seconds(5))
        return asked.withLock { $0 }
    }

    private static func json(_ text: String, status: Int = 200, retry: String? = nil)
        -> HTTPResponse
    {
        var response = HTTPResponse(status: status, text: text, type: "application/json")
        if let retry { response.headers.add("Retry-After", retry) }
        return response
    }

    private static let described = json(
        """
        {"result": {"status": "green", "config": {"params": {"vectors":
         {"size": 4, "distance": "Euclid"}}}}, "status": "ok", "time": 0}
        """)

    @Test func `another server at the address is called one`() async throws {
        let answers = [
            HTTPResponse(text: "<html>It works!</html>", type: "text/html"),
            HTTPResponse(status: 404, text: "no such page"), Self.json("{\"heartbeat\": 1}"),
            Self.json("{\"detail\": \"Not Found\"}", status: 404), HTTPResponse(status: 200),
        ]
        for answer in answers {
            _ = try await serving([answer]) { store in
                let error = await #expect(throws: StoreError.self) {
                    _ = try await store.describe()
                }
                #expect(error?.kind == .foreign, "\(answer.status)")
                #expect(error?.message.contains("qdrant") == true, "\(error?.message ?? "")")
            }
        }
        let moved = HTTPResponse(status: 301, text: "over there")
        _ = try await serving([moved]) { store in
            let error = await #expect(throws: StoreError.self) { _ = try await store.describe() }
            #expect(error?.message.contains("'url'") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `what was turned away unheard is asked again`() async throws {
        let busy = Self.json(
            #"{"status": {"error": "Rate limiting exceeded"}, "time": 0}"#, status: 429, retry: "0")
        let done = Self.json(
            #"{"result": {"operation_id": 1, "status": "completed"}, "status": "ok", "time": 0}"#)
        let asked = try await serving([Self.described, busy, busy, done]) { store in
            try await store.upsert([Self.row])
        }
        #expect(asked == 4)
    }

    @Test func `a wait beyond the deadline is told to the caller`() async throws {
        let busy = Self.json(
            #"{"status": {"error": "Rate limiting exceeded"}, "time": 0}"#, status: 429,
            retry: "60")
        _ = try await serving([Self.described, busy]) { store in
            let error = await #expect(throws: StoreError.self) {
                try await store.upsert([Self.row])
            }
            #expect(error?.kind == .busy && error?.isDefinite == true)
            #expect(error?.retryAfter == .seconds(60))
            #expect(error?.message.contains("Rate limiting exceeded") == true)
        }
    }

    @Test(arguments: [
        (503, "service unavailable", StoreError.Kind.busy, false),
        (500, "Service internal error: No space left on device", .full, false),
        (500, "Service internal error: 1 of 1 read operations failed", .other, false),
        (400, "Wrong input: Vector dimension error: expected dim: 4, got 3", .refused, true),
        (403, "Forbidden: Global write access is required", .unauthorized, true),
        (413, "too large", .refused, true), (408, "Timeout", .timeout, false),
    ])
    func `an error of a write says whether it may be applied`(
        status: Int, said: String, kind: StoreError.Kind, isDefinite: Bool
    ) async throws {
        let answer = Self.json(#"{"status": {"error": "\#(said)"}, "time": 0}"#, status: status)
        _ = try await serving([Self.described, answer]) { store in
            let error = await #expect(throws: StoreError.self) {
                try await store.upsert([Self.row])
            }
            #expect(error?.kind == kind && error?.isDefinite == isDefinite)
            #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
        }
        // A batch is taken point by point: some may be there.
        _ = try await serving([Self.described, answer]) { store in
            let batch = await #expect(throws: StoreError.self) {
                try await store.upsert(Samples.records(1...3))
            }
            #expect(batch?.isDefinite == (isDefinite && status != 400))
        }
    }

    @Test func `a change that is not yet applied is of unknown outcome`() async throws {
        for status in ["acknowledged", "wait_timeout"] {
            let answer = Self.json(
                #"{"result": {"status": "\#(status)"}, "status": "ok", "time": 0}"#)
            _ = try await serving([Self.described, answer]) { store in
                let error = await #expect(throws: StoreError.self) {
                    try await store.delete([.int(1)])
                }
                #expect(error?.kind == .timeout && error?.isDefinite == false)
            }
        }
    }

    @Test func `a collection that cannot be carried says why`() async throws {
        for (vector, why) in [
            (
                #"{"size": 4, "distance": "Dot", "multivector_config": {"comparator": "max_sim"}}"#,
                "multivector"
            ),
            (#"{"size": 4, "distance": "Dot", "datatype": "turbo4"}"#, "turbo4"),
            (#"{"size": 4, "distance": "Hamming"}"#, "distance"),
        ] {
            let answer = Self.json(
                #"{"result": {"config": {"params": {"vectors": {"a": \#(vector)}}}}, "status": "ok"}"#
            )
            _ = try await serving([answer]) { store in
                let error = await #expect(throws: StoreError.self) {
                    _ = try await store.describe()
                }
                #expect(error?.kind == .unsupported)
                #expect(error?.message.contains(why) == true, "\(error?.message ?? "")")
            }
        }
    }
}
