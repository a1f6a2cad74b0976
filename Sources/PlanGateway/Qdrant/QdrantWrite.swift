import PlanCore

/// A write of a Qdrant client, as both stores can hold it.
enum QdrantWrite: Hashable, Sendable {
    case upsert([Record])
    case delete([RecordID])
    case deleteMatching(Filter)
    /// `strict`: a point that is not there is an error.
    case update([RecordPatch], strict: Bool)
    /// What only Qdrant understands, where both stores are.
    case forwarded(ForwardedRequest, keys: [RecordID])
    case forwardedMatching(ForwardedRequest, QdrantListing)
}
