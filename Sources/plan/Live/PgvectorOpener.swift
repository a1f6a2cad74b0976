import PlanCore
import PlanStores

/// The pgvector store, where this build has it.
enum PgvectorOpener {
    static func open(_ endpoint: StoreEndpoint, address: String) throws -> any VectorStore {
        throw Diagnostic("this build has no store 'pgvector' yet", hint: "it has sqlite")
    }
}
