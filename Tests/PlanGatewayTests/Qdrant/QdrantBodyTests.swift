import PlanCore
import PlanGateway
import Testing

@Suite struct QdrantBodyTests {
    private let uuid = "6f2b7f0e-7b4c-5a53-9a3e-c0ffee5fade0"

    @Test func `both shapes of an upsert write the same records`() throws {
        let points = """
            {"points":[{"id":1,"vector":{"":[1,2],"s":{"indices":[9,3],"values":[1,2]}},
            "payload":{"a":1}},{"id":"\(uuid)","vector":[3,4],"payload":null}]}
            """
        let columns = """
            {"batch":{"ids":[1,"\(uuid)"],"vectors":{"":[[1,2],[3,4]],
            "s":[{"indices":[9,3],"values":[1,2]},null]},"payloads":[{"a":1},null]}}
            """
        let wanted = [
            Record(
                id: .int(1),
                vectors: ["": .dense([1, 2]), "s": .sparse(indices: [3, 9], values: [2, 1])],
                payload: ["a": 1]),
            Record(id: .uuid(uuid), vector: [3, 4]),
        ]
        #expect(try QdrantBodies.records(Array(points.utf8)) == wanted)
        #expect(try QdrantBodies.records(Array(columns.utf8)) == wanted)
    }

    @Test(arguments: [
        ("upsert", "{\"points\":[{\"id\":1,\"vector\":[[1,2],[3,4]]}]}", "points[0].vector"),
        ("upsert", "{\"points\":[],\"update_filter\":{}}", "update_filter"),
        (
            "upsert", "{\"points\":[{\"id\":1,\"vector\":{\"text\":\"a\",\"model\":\"m\"}}]}",
            "points[0].vector.text"
        ),
        ("set_payload", "{\"payload\":{},\"points\":[1],\"key\":\"a\"}", "key"),
        ("set_payload", "{\"payload\":{},\"filter\":{\"must\":[]}}", "filter"),
        ("delete_payload", "{\"keys\":[\"a.b\"],\"points\":[1]}", "keys[0]"),
        ("query", "{\"query\":{\"fusion\":\"rrf\"},\"limit\":1}", "query.fusion"),
        ("query", "{\"prefetch\":[],\"limit\":1}", "prefetch"),
        ("query", "{\"query\":[1],\"lookup_from\":{}}", "lookup_from"),
        ("search", "{\"vector\":[1],\"limit\":1,\"shard_key\":\"eu\"}", "shard_key"),
        ("scroll", "{\"order_by\":\"a\"}", "order_by"),
        ("batch", "{\"operations\":[{\"sync\":{}}]}", "operations[0].sync"),
        (
            "batch", "{\"operations\":[{\"delete_vectors\":{\"points\":[1],\"vector\":[]}}]}",
            "delete_vectors"
        ),
    ])
    func `what the model does not hold is refused by its name`(
        operation: String, body: String, construct: String
    ) {
        #expect(
            QdrantBodies.refusal(of: Array(body.utf8), operation, .intOrUUID)
                == "'\(construct)' cannot be translated for these two stores")
    }

    @Test(arguments: [
        ("upsert", "{\"points\":[{\"id\":1,\"vector\":[1]}],\"update_filter\":{}}"),
        ("set_payload", "{\"payload\":{},\"points\":[1],\"key\":\"a\"}"),
        ("set_payload", "{\"payload\":{},\"filter\":{\"must\":[]}}"),
        ("delete", "{\"filter\":{\"must\":[{\"has_vector\":\"a\"}]}}"),
        ("delete_payload", "{\"keys\":[\"a.b\"],\"points\":[1]}"),
        ("batch", "{\"operations\":[{\"delete_vectors\":{\"points\":[1],\"vector\":[\"v\"]}}]}"),
    ])
    func `between two Qdrants the same writes stay in Qdrant's words`(
        operation: String, body: String
    ) {
        #expect(
            QdrantBodies.refusal(
                of: Array(body.utf8), operation, .intOrUUID, forwardsWrites: true) == nil)
    }

    @Test(arguments: [
        ("upsert", "{\"points\":[{\"vector\":[1]}]}", "'points[0].id' is missing"),
        (
            "upsert", "{\"batch\":{\"ids\":[1],\"vectors\":[[1],[2]]}}",
            "'batch.vectors' has 2 entries where 'ids' has 1"
        ),
        (
            "query", "{\"query\":[1],\"limit\":0}",
            "[limit: value 0 invalid, must be 1 or larger]"
        ),
        ("query", "{\"query\":[1],\"limit\":2000}", "'limit' is above 1000"),
        ("search", "{\"vector\":[1]}", "'limit' is missing"),
        ("count", "[]", "the body is not an object"),
    ])
    func `what is malformed is told by its path`(
        operation: String, body: String, words: String
    ) {
        #expect(
            QdrantBodies.refusal(of: Array(body.utf8), operation, .intOrUUID) == words)
    }
}
