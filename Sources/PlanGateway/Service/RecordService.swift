import PlanCore
import PlanSync

/// What stands behind the listener: the application's requests, in the source's shape and ids.
///
/// Throws `WriteFailure`, `StoreError`, `LedgerError` or `CancellationError`.
package protocol RecordService: Sendable {
    /// Returns the keys that an update found absent.
    func write(_ operation: WriteOperation) async throws -> [RecordID]
    /// How many were deleted, where the store tells.
    func delete(matching filter: Filter) async throws -> Int?
    /// Absent ids are left out; any order.
    func get(_ keys: [RecordID], _ projection: Projection) async throws -> [Record]
    func search(_ query: Query) async throws -> [Hit]
    func scan(
        after cursor: RecordID?, limit: Int, matching filter: Filter?, _ projection: Projection
    ) async throws -> (records: [Record], next: RecordID?)
    func count(matching filter: Filter?) async throws -> Int
    func forwarding(_ kind: String) -> Forwarding
    /// The answer as it came; nil where the read must be translated.
    func forward(
        _ request: ForwardedRequest, _ operation: StoreOperation, to place: ReadPlace,
        mirrored: @Sendable (ForwardedAnswer) -> [MirroredRead]
    ) async throws -> ForwardedAnswer?
    /// A write by filter in the authority's own API. How many records it changed, where its store
    /// tells.
    func apply(
        _ request: ForwardedRequest, matching keys: @escaping MatchingKeys
    ) async throws -> Int?
    /// To the source's server; nil where that speaks another API.
    func passThrough(_ request: ForwardedRequest) async throws -> ForwardedAnswer?
    func configure(_ request: ForwardedRequest) async throws -> ForwardedAnswer?
}

extension DataPlane: RecordService {}
