/// What a store can do and hold. Declared, never probed by failing.
package struct StoreCapabilities: Hashable, Sendable {
    /// True where `scan` and `partitions` follow `RecordID`'s own order exactly. Where false,
    /// windows are sets of ids.
    package var hasExactKeyOrder = true
    package var distances: Set<Distance> = Set(Distance.allCases)
    package var supportsNamedVectors = false
    /// False where a collection's one vector has no name of its own, whatever it is called in the
    /// source.
    package var keepsVectorName = true
    package var supportsSparseVectors = false
    package var supportsDeleteByFilter = true
    /// Cosine vectors come back normalised: compare directions, not bytes.
    package var normalizesCosine = false
    /// How far behind a read may be. A strong read waits this long after the ledger transaction
    /// that it follows. Zero where a read sees every acknowledged write.
    package var stalenessBound: Duration = .zero
    /// How long after its deadline an abandoned request may still be applied, at most.
    package var queueBound: Duration = .seconds(5)
    /// Records in one write request, at most.
    package var batchLimit = 10_000
    /// UTF-8 bytes of a text id, at most.
    package var idBytesLimit = 2_048
    /// Index kinds that `createIndex` takes: `hnsw`, `ivfflat`, …
    package var indexKinds: Set<String> = []
    package var maximumDimension = 65_535
    /// Dimensions that `createIndex` takes, at most, where that is fewer.
    package var indexedDimensions: [VectorSpec.Element: Int] = [:]
    /// Whether each page of a scan costs a list of all ids, where nothing was asked before: one
    /// walk over all is then cheaper than a look into every range.
    package var listsForEveryRange = false
    /// Whether a record without one of the collection's vectors is refused.
    package var requiresEveryVector = true
    /// False where a number of more digits than a double or 64 bits have would be rounded: such
    /// a record is refused.
    package var holdsAnyNumber = true
    package var canRename = true
    /// False where a payload's nested values, nulls and mixed lists are carried as JSON text:
    /// nothing is lost, but the store's own filters do not see into them.
    package var holdsNestedPayload = true
    /// Kinds of ids that a created collection cannot have.
    package var refusedIDKinds: Set<CollectionDescription.IDKind> = []

    package init() {}
}
