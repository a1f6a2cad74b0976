import PlanCore

/// Where a collection lives on a Chroma server (REST, version 2), and how it is spoken to.
package struct ChromaStoreConfiguration: Hashable, Sendable {
    /// The key is sent as `X-Chroma-Token` and as a bearer token: which of them counts is the
    /// server's, or its proxy's, affair.
    package var http: HTTPStoreConfiguration
    package var collection: String
    package var tenant = "default_tenant"
    package var database = "default_database"
    /// The payload's field that is Chroma's own document.
    package var documentField = "document"
    /// `hnsw.ef_search` of a created collection: Chroma keeps it there, not with each search.
    package var efSearch: Int?

    package init(url: Secret, collection: String) {
        http = HTTPStoreConfiguration(url: url)
        self.collection = collection
    }
}
