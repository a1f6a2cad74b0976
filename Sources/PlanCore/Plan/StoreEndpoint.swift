/// One of the two stores as the plan describes it; nothing is connected.
package struct StoreEndpoint: Hashable, Sendable {
    /// What happens when the target already holds data.
    package enum Existing: String, Hashable, Sendable, CaseIterable {
        case refuse, adopt
    }

    package var kind: StoreKind
    /// `url:`, or `path:` for SQLite. A literal path starts at the plan's folder.
    package var address: ValueReference
    /// `collection:` or `table:`.
    package var collection: String
    package var apiKey: SecretReference?
    /// `ca:` of a server: a file in PEM, beside the plan; nil: the system's authorities.
    package var authorities: String?
    /// qdrant: what the ids are where not both kinds.
    package var ids: CollectionDescription.IDKind?
    /// qdrant: the shard of a collection with custom sharding.
    package var shardKey: String?
    /// Chroma: whose database it is; nil: the server's default.
    package var tenant: String?
    /// Chroma, Milvus: the database on the server; nil: its default.
    package var database: String?
    /// Milvus: `grpc:`; nil: as the connector thinks best.
    package var writesByRPC: Bool?
    /// Chroma: the payload's field that is the document; nil: `document`.
    package var document: String?
    /// SQLite: `extension:`, the library that knows the table.
    package var library: ValueReference?
    /// pgvector and SQLite: which columns hold what.
    package var table: TableLayout
    /// `ef_search`, `probes`, … given with every search.
    package var search: [String: Int] = [:]
    package var existing = Existing.refuse
    /// How long one request may take.
    package var deadline: Duration
    /// How long after its beginning a request of unknown outcome may still be applied.
    package var quarantine: Duration
    package var stalenessBound: Duration
    /// Of one process to a server, at most; nil: as many as its connector has by default.
    package var connections: Int?
    /// Where the plan says so, from 1.
    package var line = 0

    package init(
        kind: StoreKind, address: ValueReference, collection: String,
        deadline: Duration = .seconds(10)
    ) {
        self.kind = kind
        self.address = address
        self.collection = collection
        self.deadline = deadline
        table = TableLayout(kind)
        quarantine = kind.quarantine(deadline: deadline)
        stalenessBound = kind.stalenessBound
    }
}
