import ChromaFormat
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

    /// What keeps Chroma's clients from being answered for such a collection.
    package static func objections(
        to description: CollectionDescription, of store: String
    ) -> [Diagnostic] {
        let hint = "say 'speak: native' under 'gateway', or the source's own dialect"
        var found: [Diagnostic] = []
        if description.idKind == .intOrText {
            found.append(
                Diagnostic(
                    "the gateway cannot speak 'chroma' for this \(store) source: of its ids, "
                        + "integers and texts side by side, Chroma's texts name two at once",
                    hint: hint))
        }
        if description.vectors.count != 1 {
            found.append(
                Diagnostic(
                    "the gateway cannot speak 'chroma' for this \(store) source: it has "
                        + "\(description.vectors.count) vectors a record, and Chroma one",
                    hint: hint))
        }
        for spec in description.vectors {
            if spec.isSparse {
                found.append(
                    Diagnostic(
                        "the gateway cannot speak 'chroma' for this \(store) source: its vector "
                            + "'\(spec.name)' is sparse", hint: hint))
            }
            if ChromaMetric.space(spec.distance) == nil {
                found.append(
                    Diagnostic(
                        "the gateway cannot speak 'chroma' for this \(store) source: Chroma does "
                            + "not compare by \(spec.distance.rawValue)", hint: hint))
            }
        }
        return found
    }
}
