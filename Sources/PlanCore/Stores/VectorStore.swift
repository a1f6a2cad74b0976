/// One collection of one vector database.
///
/// Every method may throw `StoreError`; nothing else but `CancellationError`. Calls may run
/// concurrently. Ids are in the collection's own id space, as `IDKind.normalize` spells them.
package protocol VectorStore: Sendable {
    /// `sqlite`, `pgvector`, …
    var kind: String { get }
    var capabilities: StoreCapabilities { get }

    /// Throws `notFound` where the collection does not exist.
    func identity() async throws -> StoreIdentity
    /// nil where the collection does not exist.
    func describe() async throws -> CollectionDescription?
    /// Throws `alreadyExists` where it does. Creates no vector index.
    func create(_ description: CollectionDescription) async throws
    func drop() async throws
    func rename(to name: String) async throws

    func count(matching filter: Filter?) async throws -> Int
    /// Replaces whole records; all of the batch, or an error.
    func upsert(_ records: [Record]) async throws
    /// As `upsert`, for records of which few or none are there: a store may have a quicker way.
    func load(_ records: [Record]) async throws
    /// Updates what exists; ids that are absent are left absent, and are returned.
    func update(_ patches: [RecordPatch]) async throws -> [RecordID]
    /// As `update`, and tells what the records are now where the store has to know it.
    func updateTelling(_ patches: [RecordPatch]) async throws -> UpdateResult
    /// Ids that are absent are no error.
    func delete(_ ids: [RecordID]) async throws
    /// How many were deleted, where the store tells.
    func delete(matching filter: Filter) async throws -> Int?

    /// A strong read: sees every write acknowledged before it began (a store with a
    /// `stalenessBound`: acknowledged that long before). Absent ids are left out; any order.
    func get(_ ids: [RecordID], _ projection: Projection) async throws -> [Record]
    /// The next page of a range in key order, strong as `get` is; fewer than `limit` only where
    /// the range has no more: whoever walks it ends there.
    /// Keyset, never offsets: a key that is there all along is seen exactly once.
    func scan(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, matching filter: Filter?,
        _ projection: Projection
    ) async throws -> [Record]
    /// At most `count` ranges of about equal size that cover every id exactly once, those that
    /// do not exist yet too: the first begins and the last ends open.
    func partitions(_ count: Int) async throws -> [KeyRange]
    func search(_ query: Query) async throws -> [Hit]

    /// Starts or waits for the build; returns when it is ready. Safe to call again.
    func createIndex(_ spec: IndexSpec) async throws
    func dropIndex(_ spec: IndexSpec) async throws
    func indexState(_ spec: IndexSpec) async throws -> IndexState

    /// Leaves the claim, unless another run's is there: then that one is returned and nothing is
    /// changed. Atomic.
    func claim(_ claim: RunClaim) async throws -> RunClaim
    /// Removes this run's claim; another's is left.
    func release(_ claim: RunClaim) async throws
    /// Throws where a write would be refused: a read-only server, file or role. Changes nothing.
    func checkWritable() async throws
    func close() async
}

extension VectorStore {
    package func load(_ records: [Record]) async throws { try await upsert(records) }

    package func updateTelling(_ patches: [RecordPatch]) async throws -> UpdateResult {
        UpdateResult(absent: try await update(patches))
    }

    package func count() async throws -> Int { try await count(matching: nil) }

    package func get(_ ids: [RecordID]) async throws -> [Record] { try await get(ids, .full) }

    package func scan(
        _ range: KeyRange, after cursor: RecordID? = nil, limit: Int,
        _ projection: Projection = .full
    ) async throws -> [Record] {
        try await scan(range, after: cursor, limit: limit, matching: nil, projection)
    }
}
