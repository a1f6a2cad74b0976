import PlanCore
import PlanStores
import TestServers
import Testing

/// What is Chroma's own, seen past the store.
@Suite struct ChromaStoreTests {
    private func place(
        _ change: (inout ChromaStoreConfiguration) -> Void = { _ in }
    ) async throws -> ChromaFixture {
        let fixture = try await ChromaFixture(change)
        try await fixture.store.create(
            CollectionDescription(
                name: "products", idKind: .text, vectors: [VectorSpec(dimension: 2, distance: .l2)])
        )
        return fixture
    }

    private func record(_ id: String, _ payload: JSONObject) -> Record {
        Record(id: .string(id), vector: [1, 2], payload: payload)
    }

    /// The collection's own address.
    private func address(_ place: ChromaFixture) async throws -> String {
        "\(place.url)/collections/\(try await place.store.identity().instance)"
    }

    private func metadata(_ place: ChromaFixture, _ id: String) async throws -> String {
        try await place.post(
            try await address(place) + "/get",
            "{\"ids\": [\"\(id)\"], \"include\": [\"metadatas\", \"documents\"]}")
    }

    @Test func `plain values are plain metadata, all else JSON text beside them`() async throws {
        let place = try await place()
        try await place.store.upsert([
            record("a", ["n": 1, "tags": ["x", "y"], "deep": ["k": [1, nil]], "none": nil])
        ])
        let text = try await metadata(place, "a")
        for part in [
            "\"n\":1", "\"tags\":[\"x\",\"y\"]", "\"deep#json\":\"{\\\"k\\\":[1,null]}\"",
            "\"none#json\":\"null\"",
        ] { #expect(text.contains(part), "\(part) in \(text)") }
    }

    @Test func `a text in the document's field is Chroma's document`() async throws {
        let place = try await place { $0.documentField = "body" }
        let held = record("a", ["body": "a long text", "n": 1])
        try await place.store.upsert([held])
        #expect(try await metadata(place, "a").contains("\"documents\":[\"a long text\"]"))
        #expect(try await place.store.get([.string("a")]) == [held])
        for filter in [
            Filter.contains(field: "body", "long"), .equal(field: "body", "a long text"),
            .not(.equal(field: "body", "other")),
        ] { #expect(try await place.store.count(matching: filter) == 1) }
        #expect(try await place.store.count(matching: .not(.exists(field: "body"))) == 0)
    }

    @Test func `a document goes with its field and comes again`() async throws {
        let place = try await place()
        let id = RecordID.string("a")
        try await place.store.upsert([record("a", ["document": "one", "n": 1])])
        for payload: JSONObject in [
            ["n": 2], ["document": 7], ["document": ""], [:], ["document": "two", "m": 1],
            ["document": nil], ["document": "three"],
        ] {
            try await place.store.upsert([record("a", payload)])
            #expect(try await place.store.get([id]) == [record("a", payload)])
        }
        let steps: [(RecordPatch, JSONObject)] = [
            (RecordPatch(id: id, remove: ["document"]), [:]),
            (
                RecordPatch(id: id, set: ["document": ["x": 1], "n": 1]),
                ["document": ["x": 1], "n": 1]
            ),
            (RecordPatch(id: id, set: ["document": "four"]), ["document": "four", "n": 1]),
            (RecordPatch(id: id, set: ["document": 4], remove: ["n"]), ["document": 4]),
        ]
        for (patch, wanted) in steps {
            #expect(try await place.store.update([patch]) == [])
            #expect(try await place.store.get([id]) == [record("a", wanted)])
        }
    }

    @Test func `a document and a field of its name are told apart by name`() async throws {
        let place = try await place()
        try await place.post(
            try await address(place) + "/upsert",
            """
            {"ids": ["a"], "embeddings": [[1, 2]], "documents": ["text"],
             "metadatas": [{"document": "field"}]}
            """)
        let error = await #expect(throws: StoreError.self) {
            _ = try await place.store.get([.string("a")])
        }
        #expect(error?.kind == .unsupported && error?.ids == [.string("a")])
        let other = place.another { $0.documentField = "body" }
        let wanted = record("a", ["document": "field", "body": "text"])
        #expect(try await other.get([.string("a")]) == [wanted])
    }

    @Test func `names that Chroma refuses or that would wreck it are carried`() async throws {
        let place = try await place()
        let payload: JSONObject = [
            "": 1, "#n": 2, "$and": 3, "chroma:document": "x", "~a": 4, "~b": [:], "b": [:],
            "a#json": "[1]", "a": nil, "~a#json": 5,
        ]
        try await place.store.upsert([record("a", payload)])
        #expect(try await place.store.get([.string("a")]) == [record("a", payload)])
        try await place.store.upsert([record("a", ["b": 1])])
        #expect(try await place.store.get([.string("a")]) == [record("a", ["b": 1])])
    }

    @Test func `a list that changes its type leaves nothing of the old behind`() async throws {
        let place = try await place()
        let values: [JSONValue] = [
            [1, 2], ["x"], [true], [1.5], 1, "text", [1, "x"], [], nil, true, 2.5,
            .array((0..<300).map { .int($0) }), [3],
        ]
        for value in values + values.reversed() {
            try await place.store.upsert([record("a", ["v": value])])
            #expect(try await place.store.get([.string("a")]) == [record("a", ["v": value])])
            _ = try await place.store.update([RecordPatch(id: .string("a"), set: ["v": [9, "z"]])])
            let wanted = record("a", ["v": [9, "z"]])
            #expect(try await place.store.get([.string("a")]) == [wanted])
        }
    }

    @Test func `records that differ are replaced in one process one after another`() async throws {
        let place = try await place()
        let payloads: [JSONObject] = (0..<8).map { ["f\($0)": .int($0), "n\($0)": [:]] }
        for _ in 0..<5 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for payload in payloads {
                    group.addTask { try await place.store.upsert([record("a", payload)]) }
                }
                try await group.waitForAll()
            }
            let found = try #require(try await place.store.get([.string("a")]).first)
            #expect(payloads.contains(found.payload), "\(found.payload)")
        }
    }

    @Test func `a collection of the application's own is read as it lies`() async throws {
        let fixture = try await ChromaFixture()
        let made = try await fixture.post(
            "\(fixture.url)/collections",
            "{\"name\": \"products\", \"configuration\": {\"hnsw\": {\"space\": \"ip\"}}}")
        #expect(made.contains("products"))
        let found = try #require(try await fixture.store.describe())
        #expect(found.idKind == .text && found.vectors.map(\.distance) == [.innerProduct])
        #expect(found.vectors.map(\.dimension) == [0])
        try await fixture.store.upsert([Record(id: .string("1"), vector: [1, 2, 3])])
        #expect(try await fixture.store.describe()?.vectors.map(\.dimension) == [3])
        let hits = try await fixture.store.search(Query(vector: .dense([1, 1, 1]), k: 1))
        #expect(hits.map(\.distance) == [-6])
    }

    @Test func `a database that is not there is named, with its tenant`() async throws {
        let fixture = try await ChromaFixture()
        let store = fixture.another { $0.database = "nowhere" }
        #expect(try await store.describe() == nil)
        let error = await #expect(throws: StoreError.self) { try await store.checkWritable() }
        #expect(error?.kind == .notFound)
        #expect(error?.message.contains("no database 'nowhere' of the tenant") == true)
    }

    @Test func `fractions beside integers compare as numbers do`() async throws {
        let place = try await place()
        // A fraction beside integers is where the server itself is wrong.
        let values: [JSONValue] = [0, 1, 2, -1, -2, 0.1, 1.5, 2.0, -1.5, -0.5, true, "x", [1]]
        let records = values.enumerated().map { record("\($0)", ["v": $1]) }
        try await place.store.upsert(records)
        for bound in [-2, -1.5, -1, -0.5, 0, 0.1, 0.5, 1, 1.5, 2] {
            for filter in [
                Filter.less(field: "v", bound), .lessOrEqual(field: "v", bound),
                .greater(field: "v", bound), .greaterOrEqual(field: "v", bound),
                .equal(field: "v", .double(bound)), .not(.equal(field: "v", .double(bound))),
                .not(.anyOf(field: "v", [.double(bound), 1])),
            ] {
                let wanted = records.filter(filter.matches).map(\.id)
                let hits = try await place.store.search(
                    Query(vector: .dense([0, 0]), filter: filter, k: 50))
                #expect(Set(hits.map(\.record.id)) == Set(wanted), "\(filter)")
            }
        }
    }
}
