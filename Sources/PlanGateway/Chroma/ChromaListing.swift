import ChromaFormat
import JSON
import PlanCore

/// Finds the records that a delete in Chroma's own words names.
struct ChromaListing: Hashable, Sendable {
    /// The delete's own `ids`, `where` and `where_document`.
    let condition: JSONObject
    let ids: ChromaIDs

    init(_ body: RequestBody, _ ids: ChromaIDs) {
        var condition: JSONObject = [:]
        for name in ["ids", "where", "where_document"] {
            condition[name] = body.optional(name)?.node.value
        }
        self.condition = condition
        self.ids = ids
    }

    /// At most so many; throws what the store throws, and its refusal of the condition.
    func keys(in store: any ForwardingStore, limit: Int) async throws -> [RecordID] {
        var body = condition
        body["limit"] = .int(Int64(limit))
        body["include"] = []
        let answer = try await store.forward(
            ForwardedRequest(
                kind: ChromaDialect.kind, method: "POST", scope: .collection, path: "/get",
                contentType: "application/json", body: Array(JSON.text(.object(body)).utf8)))
        let root = try? JSONDocument.parse(answer.body).root
        guard answer.status == 200, let found = root?["ids"] else {
            throw StoreError(
                store: store.kind, operation: "get", kind: .refused,
                message: root?["message"]?.string ?? "status \(answer.status)", isDefinite: true)
        }
        return found.strings.map(ids.id).filter(ids.holds)
    }
}
