import HTTPClient
import PlanCore
import PlanStores
import Synchronization
import TestServers

/// A store on a collection of its own, on Qdrant's engine behind our shim: not the Qdrant server.
struct QdrantFixture {
    let server: RESTServer
    let store: QdrantStore
    let client = HTTPClient()

    private static let made = Atomic(0)

    init(
        server: RESTServer? = nil, _ change: (inout QdrantStoreConfiguration) -> Void = { _ in }
    ) throws {
        let server = try server ?? RESTServer.shared(.qdrant)
        let number = QdrantFixture.made.wrappingAdd(1, ordering: .relaxed).newValue
        var configuration = QdrantStoreConfiguration(
            url: Secret(server.url), collection: "products_\(number)")
        change(&configuration)
        self.server = server
        store = QdrantStore(configuration: configuration)
    }

    /// The same collection through another store, with other settings.
    func another(
        _ change: (inout QdrantStoreConfiguration) -> Void = { _ in }
    ) -> QdrantStore {
        var configuration = store.configuration
        change(&configuration)
        return QdrantStore(configuration: configuration)
    }

    /// Past the store: the answer to a request under the collection's own path.
    @discardableResult
    func send(_ method: String, _ path: String, _ body: String) async throws -> HTTPClientResponse {
        try await client.request(
            method, "\(server.url)/collections/\(store.configuration.collection)\(path)",
            headers: [("Content-Type", "application/json")], body: Array(body.utf8))
    }
}
