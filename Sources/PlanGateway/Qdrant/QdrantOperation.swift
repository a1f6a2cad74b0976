/// What Qdrant's API can be asked about the collection that moves. Raw values name it in the metrics.
enum QdrantOperation: String, Hashable, Sendable {
    case info, exists, get, retrieve, scroll, search, query, count, upsert, delete, batch
    case searchBatch = "search_batch"
    case queryBatch = "query_batch"
    case setPayload = "set_payload"
    case overwritePayload = "overwrite_payload"
    case deletePayload = "delete_payload"
    case clearPayload = "clear_payload"
    case updateVectors = "update_vectors"
    case deleteVectors = "delete_vectors"
    case createIndex = "create_index"
    case deleteIndex = "delete_index"
    /// A read that is not translated: groups, recommendations, facets, ….
    case otherRead = "other_read"
    /// A write that is not known, which no migration survives.
    case otherWrite = "refused_write"

    /// What follows the collection's name, with the method before it.
    private static let routes: [String: QdrantOperation] = [
        "GET ": .info, "GET exists": .exists, "PUT points": .upsert, "POST points": .retrieve,
        "POST points/delete": .delete, "POST points/scroll": .scroll,
        "POST points/search": .search, "POST points/search/batch": .searchBatch,
        "POST points/query": .query, "POST points/query/batch": .queryBatch,
        "POST points/count": .count, "POST points/payload": .setPayload,
        "PUT points/payload": .overwritePayload, "POST points/payload/delete": .deletePayload,
        "POST points/payload/clear": .clearPayload, "PUT points/vectors": .updateVectors,
        "POST points/vectors/delete": .deleteVectors, "POST points/batch": .batch,
        "PUT index": .createIndex,
    ]

    private static let otherReads: Set<String> = [
        "points/query/groups", "points/search/groups", "points/recommend",
        "points/recommend/batch", "points/recommend/groups", "points/discover",
        "points/discover/batch", "facet", "points/search/matrix/pairs",
        "points/search/matrix/offsets",
    ]

    /// - Parameter rest: the path's parts after the collection's name.
    init(method: String, rest: [String]) {
        let method = method == "HEAD" ? "GET" : method
        let path = rest.joined(separator: "/")
        if let known = QdrantOperation.routes["\(method) \(path)"] {
            self = known
        } else if method == "GET", rest.count == 2, rest[0] == "points" {
            self = .get
        } else if method == "DELETE", rest.count == 2, rest[0] == "index" {
            self = .deleteIndex
        } else if method == "GET" || method == "OPTIONS" {
            self = .otherRead
        } else if method == "POST", QdrantOperation.otherReads.contains(path) {
            self = .otherRead
        } else {
            self = .otherWrite
        }
    }

    /// Whether one of these may stand in a `points/batch`, by the name it has there.
    init?(inBatch name: String) {
        switch name {
        case "upsert": self = .upsert
        case "delete": self = .delete
        case "set_payload": self = .setPayload
        case "overwrite_payload": self = .overwritePayload
        case "delete_payload": self = .deletePayload
        case "clear_payload": self = .clearPayload
        case "update_vectors": self = .updateVectors
        case "delete_vectors": self = .deleteVectors
        default: return nil
        }
    }
}
