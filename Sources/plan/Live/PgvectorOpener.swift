import PlanCore
import PlanStores

/// A plan's pgvector endpoint as a live store.
enum PgvectorOpener {
    static func open(
        _ endpoint: StoreEndpoint, address: String, distance: Distance?
    ) throws -> any VectorStore {
        var configuration = PostgresStoreConfiguration(
            connection: Secret(address), table: endpoint.collection)
        configuration.schema = endpoint.table.schema
        configuration.idColumn = endpoint.table.idColumn
        configuration.vectorColumns = endpoint.table.vectorColumns
        configuration.payload =
            switch endpoint.table.payload {
            case .document(let column): .document(column: column)
            case .columns(let fields): .columns(fields)
            }
        configuration.element = endpoint.table.element == .halfvec ? .halfvec : .vector
        configuration.distance = distance
        configuration.efSearch = endpoint.search["ef_search"]
        configuration.probes = endpoint.search["probes"]
        configuration.deadline = endpoint.deadline
        if let connections = endpoint.connections { configuration.poolSize = connections }
        return PostgresStore(configuration: configuration)
    }
}
