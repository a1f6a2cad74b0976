import PlanCore

/// What a plan says of the collection that Chroma's clients must know, and a store does not tell.
package struct ChromaPlace: Hashable, Sendable {
    package var tenant: String
    package var database: String
    /// The payload's field that is the document.
    package var documentField: String
    /// The server's own ids of the collection, as far as they are known from before.
    package var ids: [String]

    package init(
        tenant: String = "default_tenant", database: String = "default_database",
        documentField: String = "document", ids: [String] = []
    ) {
        self.tenant = tenant
        self.database = database
        self.documentField = documentField
        self.ids = ids
    }

    func path(of collection: String) -> String {
        "/api/v2/tenants/\(tenant.percentEscaped)/databases/\(database.percentEscaped)"
            + "/collections/\(collection.percentEscaped)"
    }
}
