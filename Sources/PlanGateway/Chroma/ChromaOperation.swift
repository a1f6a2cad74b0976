/// What Chroma's API can be asked about the collection that moves. Raw values name it in the metrics.
enum ChromaOperation: String, Hashable, Sendable {
    case get, query, count, add, upsert, update, delete
    /// A read that is not translated: hybrid search, the index's progress, ….
    case otherRead = "other_read"
    /// A write that is not known, which no migration survives.
    case otherWrite = "refused_write"

    /// - Parameter rest: the path's parts after the collection's id.
    init(method: String, rest: [String]) {
        let word = rest.count == 1 ? rest[0] : ""
        switch (method, word) {
        case ("GET", "count"), ("HEAD", "count"): self = .count
        case ("POST", "get"): self = .get
        case ("POST", "query"): self = .query
        case ("POST", "add"): self = .add
        case ("POST", "upsert"): self = .upsert
        case ("POST", "update"): self = .update
        case ("POST", "delete"): self = .delete
        case ("GET", _), ("HEAD", _), ("OPTIONS", _), ("POST", "search"): self = .otherRead
        default: self = .otherWrite
        }
    }
}
