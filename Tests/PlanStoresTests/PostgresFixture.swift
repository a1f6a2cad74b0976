import PlanCore
import PlanStores
import Postgres
import TestServers

/// A store on a database of its own, and a connection beside it.
struct PostgresFixture {
    let server: PostgresServer
    let url: String
    let store: PostgresStore
    let beside: PostgresConnection

    init(
        table: String = "products", server: PostgresServer? = nil,
        _ change: (inout PostgresStoreConfiguration) -> Void = { _ in }
    ) throws {
        let server = try server ?? PostgresServer.shared()
        url = try server.makeDatabase()
        var configuration = PostgresStoreConfiguration(connection: Secret(url), table: table)
        change(&configuration)
        self.server = server
        store = PostgresStore(configuration: configuration)
        beside = try PostgresServer.connect(url)
    }

    /// The same table through another store, with other settings.
    func another(
        _ change: (inout PostgresStoreConfiguration) -> Void = { _ in }
    ) -> PostgresStore {
        var configuration = store.configuration
        change(&configuration)
        return PostgresStore(configuration: configuration)
    }

    static func description(
        _ kind: CollectionDescription.IDKind = .int, dimension: Int = 3,
        distance: Distance = .cosine, element: VectorSpec.Element = .float32
    ) -> CollectionDescription {
        CollectionDescription(
            name: "products", idKind: kind,
            vectors: [VectorSpec(dimension: dimension, distance: distance, element: element)])
    }

    static func record(_ id: Int64, _ payload: JSONObject = [:]) -> Record {
        let angle = Float(id)
        return Record(id: .int(id), vector: [1, angle, angle * 0.5], payload: payload)
    }
}
