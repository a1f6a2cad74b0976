import PlanCore
import PlanStores
import PlanSync

/// A plan's endpoint as a live store.
struct StoreOpener {
    let plan: Plan
    let world: any ExternalWorld

    func pair() throws -> StorePair {
        StorePair(source: try open(.source), target: try open(.target))
    }

    func open(_ side: Side) throws -> any VectorStore {
        let endpoint = plan.endpoint(side)
        let address = try endpoint.address.resolve(
            environment: world.environment, read: world.read)
        switch endpoint.kind {
        case .sqlite: return SQLiteStore(configuration: try sqlite(endpoint, address))
        case .pgvector:
            return try PgvectorOpener.open(
                endpoint, address: address, distance: distance(endpoint))
        case .qdrant:
            return try QdrantOpener.open(
                endpoint, address: address, side: side, plan: plan, world: world)
        case .chroma: return ChromaStore(configuration: try chroma(endpoint, address))
        case .milvus: return MilvusStore(configuration: try milvus(endpoint, address))
        case .files:
            var configuration = FilesStoreConfiguration(
                folder: plan.path(address), collection: endpoint.collection)
            configuration.deadline = endpoint.deadline
            return FilesStore(configuration: configuration)
        }
    }

    private func sqlite(
        _ endpoint: StoreEndpoint, _ address: String
    ) throws -> SQLiteStoreConfiguration {
        var configuration = SQLiteStoreConfiguration(
            path: plan.path(address), table: endpoint.collection)
        configuration.idColumn = endpoint.table.idColumn
        configuration.vectorColumns = endpoint.table.vectorColumns
        if case .document(let column) = endpoint.table.payload {
            configuration.payloadColumn = column
        }
        configuration.extensionPath = try endpoint.library.map {
            plan.path(try $0.resolve(environment: world.environment, read: world.read))
        }
        configuration.deadline = endpoint.deadline
        configuration.distance = distance(endpoint)
        return configuration
    }

    private func chroma(
        _ endpoint: StoreEndpoint, _ address: String
    ) throws -> ChromaStoreConfiguration {
        var configuration = ChromaStoreConfiguration(
            url: Secret(address), collection: endpoint.collection)
        configuration.http = try HTTPStoreConfiguration(endpoint, at: address, plan, world)
        if let tenant = endpoint.tenant { configuration.tenant = tenant }
        if let database = endpoint.database { configuration.database = database }
        if let document = endpoint.document { configuration.documentField = document }
        configuration.efSearch = endpoint.search["ef_search"]
        return configuration
    }

    private func milvus(
        _ endpoint: StoreEndpoint, _ address: String
    ) throws -> MilvusStoreConfiguration {
        var configuration = MilvusStoreConfiguration(
            url: Secret(address), collection: endpoint.collection)
        configuration.http = try HTTPStoreConfiguration(endpoint, at: address, plan, world)
        configuration.database = endpoint.database
        configuration.search = endpoint.search
        configuration.stalenessBound = endpoint.stalenessBound
        configuration.writesByRPC = endpoint.writesByRPC
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
