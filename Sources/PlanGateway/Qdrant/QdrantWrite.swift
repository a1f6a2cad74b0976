import PlanCore

/// A write of a Qdrant client, as both stores can hold it.
enum QdrantWrite: Hashable, Sendable {
    case upsert([Record])
    case delete([RecordID])
    /// And in Qdrant's own words: what a condition means of a list, or of 3 and 3.0, is the server's to
    /// say for as long as one of its kind has authority.
    case deleteMatching(Filter, ForwardedRequest, QdrantListing)
    /// `strict`: a point that is not there is an error.
    case update([RecordPatch], strict: Bool)
    /// What only Qdrant understands, where both stores are.
    case forwarded(ForwardedRequest, keys: [RecordID])
    case forwardedMatching(ForwardedRequest, QdrantListing)
}
