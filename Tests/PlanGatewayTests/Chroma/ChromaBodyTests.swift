import PlanCore
import PlanGateway
import Testing

@Suite struct ChromaBodyTests {
    @Test func `embeddings as base64 are those of the numbers`() throws {
        let numbers = "{\"ids\":[\"a\"],\"embeddings\":[[1.5,-2]]}"
        let base64 = "{\"ids\":[\"a\"],\"embeddings\":[\"AADAPwAAAMA=\"]}"
        let wanted = [RecordPatch(id: .string("a"), vectors: ["": .dense([1.5, -2])])]
        #expect(try ChromaBodies.patches(Array(numbers.utf8), "upsert") == wanted)
        #expect(try ChromaBodies.patches(Array(base64.utf8), "upsert") == wanted)
    }

    @Test func `null and an empty list take a field away`() throws {
        let body = """
            {"ids":["a","b"],"metadatas":[{"x":null,"l":[],"y":1},null],"documents":[null,"text"]}
            """
        #expect(
            try ChromaBodies.patches(Array(body.utf8), "update") == [
                RecordPatch(id: .string("a"), set: ["y": 1], remove: ["x", "l"]),
                RecordPatch(id: .string("b"), set: ["document": "text"]),
            ])
    }

    @Test func `what other stores hold and Chroma cannot goes through its twin`() throws {
        let body = "{\"ids\":[\"7\"],\"metadatas\":[{\"inner#json\":\"{\\\"x\\\":1}\"}]}"
        #expect(
            try ChromaBodies.patches(Array(body.utf8), "update", .int) == [
                RecordPatch(id: .int(7), set: ["inner": ["x": 1]])
            ])
    }

    @Test(arguments: [
        ("add", "{\"ids\":[\"a\"],\"embeddings\":[[1,2]],\"uris\":[\"u\"]}", "uris[0]"),
        (
            "update", "{\"ids\":[\"a\"],\"metadatas\":[{\"document\":\"x\"}]}",
            "metadatas[0].document"
        ),
        ("update", "{\"ids\":[\"a\"],\"metadatas\":[{\"chroma:x\":1}]}", "metadatas[0].chroma:x"),
        (
            "update", "{\"ids\":[\"a\"],\"metadatas\":[{\"s\":{\"#type\":\"sparse_vector\"}}]}",
            "metadatas[0].s"
        ),
        ("get", "{\"where_document\":{\"$regex\":\"a.\"}}", "where_document.$regex"),
        ("delete", "{\"where\":{\"a\":1},\"limit\":2}", "limit"),
    ])
    func `what would be lost or cannot be said is refused by its name`(
        operation: String, body: String, name: String
    ) {
        let said = ChromaBodies.refusal(of: Array(body.utf8), operation, .text)
        #expect(said?.contains("'\(name)'") == true, "\(said ?? "taken")")
    }

    @Test func `between two of Chroma's a delete may stay in its own words`() {
        let body = Array("{\"where\":{\"a\":1},\"limit\":2}".utf8)
        #expect(ChromaBodies.refusal(of: body, "delete", .text, forwardsWrites: true) == nil)
    }

    @Test(arguments: [
        ("{\"where\":{\"a\":{\"$ne\":1}}}", Filter.not(.equal(field: "a", 1))),
        ("{\"where\":{\"a\":{\"$nin\":[\"x\"]}}}", .not(.anyOf(field: "a", ["x"]))),
        (
            "{\"where\":{\"$or\":[{\"a\":true},{\"b\":{\"$gte\":2}}]}}",
            .or([.equal(field: "a", true), .greaterOrEqual(field: "b", 2)])
        ),
        (
            "{\"where\":{\"a\":{\"$contains\":\"x\"}}}",
            .and([.holds(field: "a", ["x"]), .not(.equal(field: "a", "x"))])
        ),
        (
            "{\"where\":{\"a\":1},\"where_document\":{\"$not_contains\":\"t\"}}",
            .and([.equal(field: "a", 1), .not(.contains(field: "document", "t"))])
        ),
        ("{\"where_document\":{\"$contains\":\"\"}}", .exists(field: "document")),
        (
            "{\"where\":{\"#document\":{\"$contains\":\"t\"}}}",
            .contains(field: "document", "t")
        ),
    ])
    func `a condition means what it does to Chroma`(body: String, wanted: Filter) throws {
        #expect(try ChromaBodies.filter(Array(body.utf8)) == wanted)
    }

    @Test(arguments: [
        "{\"where\":{}}", "{\"where\":{\"a\":1,\"b\":2}}", "{\"where\":{\"a\":null}}",
        "{\"where\":{\"a\":{\"$in\":[]}}}", "{\"where\":{\"a\":{\"$in\":[1,\"1\"]}}}",
        "{\"where\":{\"a\":{\"$gt\":\"x\"}}}", "{\"where\":{\"$not\":{\"a\":1}}}",
        "{\"where\":{\"a\":[1]}}", "{\"where\":\"a\"}",
    ])
    func `a condition that Chroma refuses is refused in its words`(body: String) {
        let said = ChromaBodies.refusal(of: Array(body.utf8), "get", .text)
        #expect(said == "Invalid where clause")
    }
}
