import PlanCore

/// Where a collection of Qdrant is, and how it is spoken to.
package struct QdrantStoreConfiguration: Hashable, Sendable {
    package var http: HTTPStoreConfiguration
    /// Its name, or an alias.
    package var collection: String
    /// For a collection with custom sharding: the shard that everything here is about.
    package var shardKey: String?
    /// What the collection's ids are: `int`, `uuid`, or both, as Qdrant itself has it.
    package var ids = CollectionDescription.IDKind.intOrUUID
    /// `hnsw_ef` of every search; the server's own where nil.
    package var hnswEf: Int?
    /// Whether a collection made here waits for `createIndex` before it builds an index.
    package var holdsIndexing = false

    package init(url: Secret, collection: String) {
        http = HTTPStoreConfiguration(url: url)
        self.collection = collection
    }
}
