import HTTPClient
import PlanCore
import PlanStores
import TestServers

/// A store in a database of its own on the real server.
struct ChromaFixture {
    let server: RESTServer
    let store: ChromaStore
    /// The database's address.
    let url: String
    let client = HTTPClient()

    init(
        collection: String = "products", server: RESTServer? = nil,
        _ change: (inout ChromaStoreConfiguration) -> Void = { _ in }
    ) async throws {
        let server = try server ?? RESTServer.shared(.chroma)
        let database = "test-\(Int.random(in: 0..<Int.max))"
        var configuration = ChromaStoreConfiguration(
            url: Secret(server.url), collection: collection)
        configuration.database = database
        change(&configuration)
        self.server = server
        store = ChromaStore(configuration: configuration)
        url = "\(server.url)/api/v2/tenants/\(configuration.tenant)/databases/\(database)"
        try await post(
            "\(server.url)/api/v2/tenants/\(configuration.tenant)/databases",
            "{\"name\": \"\(database)\"}")
    }

    /// The same collection through another store, with other settings.
    func another(
        _ change: (inout ChromaStoreConfiguration) -> Void = { _ in }
    ) -> ChromaStore {
        var configuration = store.configuration
        change(&configuration)
        return ChromaStore(configuration: configuration)
    }

    /// Past the store: the answer's text.
    @discardableResult
    func post(_ url: String, _ body: String) async throws -> String {
        let answer = try await client.request(
            "POST", url, headers: [("Content-Type", "application/json")], body: Array(body.utf8))
        guard answer.status < 300 else { throw Refused(text: answer.text) }
        return answer.text
    }

    /// Past the store.
    func delete(_ url: String) async throws {
        let answer = try await client.request("DELETE", url)
        guard answer.status < 300 else { throw Refused(text: answer.text) }
    }

    struct Refused: Error { let text: String }
}
