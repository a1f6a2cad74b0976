import HTTPClient
import JSON
import PlanCore
import PlanStores
import TestServers

/// A store on a collection of its own, on the engine of Milvus 2.5 behind our shim: not the server.
/// It speaks the second version of the API, and no read of it lags.
struct MilvusLiteFixture {
    let server: RESTServer
    let store: MilvusStore
    let client = HTTPClient()

    init(
        server: RESTServer? = nil, _ change: (inout MilvusStoreConfiguration) -> Void = { _ in }
    ) throws {
        let server = try server ?? RESTServer.shared(.milvusLite)
        var configuration = MilvusStoreConfiguration(
            url: Secret(server.url), collection: "products_\(Int.random(in: 0..<Int.max))")
        configuration.stalenessBound = .zero
        change(&configuration)
        self.server = server
        store = MilvusStore(configuration: configuration)
    }

    /// The same collection through another store, with other settings.
    func another(
        _ change: (inout MilvusStoreConfiguration) -> Void = { _ in }
    ) -> MilvusStore {
        var configuration = store.configuration
        change(&configuration)
        return MilvusStore(configuration: configuration)
    }

    /// Past the store: the answer to a request, about its collection where none is named.
    @discardableResult
    func send(_ path: String, _ fields: JSONObject = [:]) async throws -> JSONObject {
        let body = fields.merging(
            ["collectionName": .string(store.configuration.collection)]
        ) { given, _ in given }
        let answer = try await client.request(
            "POST", "\(server.url)/v2/vectordb/\(path)",
            headers: [("Content-Type", "application/json")],
            body: Array(JSON.text(.object(body)).utf8))
        guard case .object(let said) = try JSON.parse(answer.text) else { return [:] }
        return said
    }
}
