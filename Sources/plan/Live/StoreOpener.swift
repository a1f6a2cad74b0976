import PlanCore
import PlanStores

/// A plan's endpoint as a live store.
struct StoreOpener {
    let plan: Plan
    let world: any ExternalWorld

    func open(_ side: Side) throws -> any VectorStore {
        let endpoint = plan.endpoint(side)
        let address = try endpoint.address.resolve(
            environment: world.environment, read: world.read)
        switch endpoint.kind {
        case .sqlite: return SQLiteStore(configuration: sqlite(endpoint, address))
        case .pgvector:
            return try PgvectorOpener.open(
                endpoint, address: address, distance: distance(endpoint))
        case .qdrant:
            return try QdrantOpener.open(
                endpoint, address: address, side: side, plan: plan, world: world)
        case .chroma, .milvus:
            throw Diagnostic(
                "this build has no store '\(endpoint.kind.rawValue)'",
                hint: "it has \(StoreKind.builtWords)")
        }
    }

    private func sqlite(_ endpoint: StoreEndpoint, _ address: String) -> SQLiteStoreConfiguration {
        var configuration = SQLiteStoreConfiguration(
            path: plan.path(address), table: endpoint.collection)
        configuration.idColumn = endpoint.table.idColumn
        configuration.vectorColumns = endpoint.table.vectorColumns
        if case .document(let column) = endpoint.table.payload {
            configuration.payloadColumn = column
        }
        configuration.deadline = endpoint.deadline
        configuration.distance = distance(endpoint)
        return configuration
    }

    /// How a table's vectors are compared, where it does not say so itself.
    private func distance(_ endpoint: StoreEndpoint) -> Distance? {
        if let distance = endpoint.table.distance { return distance }
        for step in plan.steps {
            if case .createTarget(let options) = step.kind { return options.distance }
        }
        return nil
    }
}
