import PlanCore

/// Where a collection lives on a Milvus server, and how it is spoken to.
package struct MilvusStoreConfiguration: Hashable, Sendable {
    /// The key is `user:password` or an API key; sent as a bearer token.
    package var http: HTTPStoreConfiguration
    package var collection: String
    /// nil: the server's default.
    package var database: String?
    /// `ef`, `nprobe`: given with every search.
    package var search: [String: Int] = [:]
    /// How far behind a read may be. Where nobody says, what a server promises by itself: its
    /// `common.gracefulTime`.
    package var stalenessBound: Duration = StoreKind.milvus.stalenessBound

    /// Whether records are written over gRPC where the server has it; nil: where that was tried,
    /// with the first version of the REST API (2.3).
    package var writesByRPC: Bool?
    /// Below so many records a request's connection, which serves it alone, costs more than JSON.
    package var recordsByRPC = 64

    package init(url: Secret, collection: String) {
        http = HTTPStoreConfiguration(url: url)
        self.collection = collection
    }
}
