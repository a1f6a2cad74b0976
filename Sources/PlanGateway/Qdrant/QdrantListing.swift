import JSON
import PlanCore
import QdrantFormat

/// Finds the points that a filter in Qdrant's own words names.
struct QdrantListing: Hashable, Sendable {
    let filter: JSONValue
    let idKind: CollectionDescription.IDKind

    private static let pageSize: Int64 = 1_000

    /// At most so many; throws what the store throws, and its refusal of the filter.
    func keys(in store: any ForwardingStore, limit: Int) async throws -> [RecordID] {
        var keys: [RecordID] = []
        var offset: JSONValue?
        while keys.count < limit {
            var body: JSONObject = [
                "filter": filter, "limit": .int(QdrantListing.pageSize), "with_payload": false,
                "with_vector": false,
            ]
            if let offset { body["offset"] = offset }
            let answer = try await store.forward(
                ForwardedRequest(
                    kind: QdrantDialect.kind, method: "POST", scope: .collection,
                    path: "/points/scroll", contentType: "application/json",
                    body: Array(JSON.text(.object(body)).utf8)))
            let root = try? JSONDocument.parse(answer.body).root
            guard answer.status == 200, let result = root?["result"] else {
                throw StoreError(
                    store: store.kind, operation: "scroll", kind: .refused,
                    message: root?["status"]?["error"]?.string ?? "status \(answer.status)",
                    isDefinite: true)
            }
            for point in result["points"]?.items ?? [] {
                if let id = point["id"].flatMap(QdrantPoint.id).flatMap(idKind.normalize) {
                    keys.append(id)
                }
            }
            guard let next = result["next_page_offset"], next.kind != .null else { return keys }
            offset = next.value
        }
        return keys
    }
}
