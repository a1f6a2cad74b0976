import PlanCore
import PlanStores

/// A plan's Qdrant endpoint as a live store.
enum QdrantOpener {
    static func open(
        _ endpoint: StoreEndpoint, address: String, side: Side, plan: Plan,
        world: any ExternalWorld
    ) throws -> any VectorStore {
        var configuration = QdrantStoreConfiguration(
            url: Secret(address), collection: endpoint.collection)
        configuration.http = try HTTPStoreConfiguration(endpoint, at: address, plan, world)
        configuration.shardKey = endpoint.shardKey
        configuration.ids = endpoint.ids ?? .intOrUUID
        configuration.hnswEf = endpoint.search["hnsw_ef"]
        // Loading is quicker without an index, where a later step builds it.
        configuration.holdsIndexing =
            side == .target
            && plan.steps.contains { step in
                if case .createIndex = step.kind { true } else { false }
            }
        return QdrantStore(configuration: configuration)
    }
}
