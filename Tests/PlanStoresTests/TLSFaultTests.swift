import HTTPServer
import PlanCore
import PlanStores
import TestServers
import Testing

/// Certificates that must not be trusted: said so, in words that name what is wrong.
@Suite struct TLSFaultTests {
    private static let untrusted = [
        ("expired", "expired"), ("stranger", "127.0.0.1"),
    ]

    private func serving(
        _ name: String, _ body: (Certificates, String) async throws -> Void
    ) async throws {
        let certificates = try Certificates()
        var configuration = HTTPServerConfiguration()
        configuration.tls = .init(
            certificate: try certificates.text(name + ".pem"),
            key: try certificates.text(name + ".key"), clientAuthority: nil)
        let server = try HTTPServer(configuration: configuration) { _ in
            Issue.record("a request came through")
            return HTTPResponse(status: 500)
        }
        do {
            try await body(certificates, "https://127.0.0.1:\(server.port)")
        } catch {
            await server.stop(within: .zero)
            throw error
        }
        await server.stop(within: .seconds(5))
    }

    @Test(arguments: untrusted, ["qdrant", "chroma", "milvus"])
    func `a server with a certificate that does not hold is sent nothing`(
        untrusted: (name: String, said: String), kind: String
    ) async throws {
        try await serving(untrusted.name) { certificates, url in
            let store = Self.store(kind, url, authorities: certificates.authority)
            let error = await #expect(throws: StoreError.self) {
                try await store.upsert(Samples.records(1...1))
            }
            #expect(error?.kind == .unauthorized && error?.isDefinite == true)
            #expect(error?.isTransient == false)
            #expect(error?.message.contains(untrusted.said) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("certificate") == true)
        }
    }

    private static func store(
        _ kind: String, _ url: String, authorities: String
    ) -> any VectorStore {
        var http = HTTPStoreConfiguration(url: Secret(url))
        http.authorities = authorities
        switch kind {
        case "qdrant":
            var configuration = QdrantStoreConfiguration(url: Secret(url), collection: "products")
            configuration.http = http
            return QdrantStore(configuration: configuration)
        case "chroma":
            var configuration = ChromaStoreConfiguration(url: Secret(url), collection: "products")
            configuration.http = http
            return ChromaStore(configuration: configuration)
        default:
            var configuration = MilvusStoreConfiguration(url: Secret(url), collection: "products")
            configuration.http = http
            return MilvusStore(configuration: configuration)
        }
    }

    /// The server that tests start was built without TLS.
    @Test func `a PostgreSQL without TLS is told from one that is gone`() async throws {
        let fixture = try PostgresFixture()
        let store = fixture.another { $0.connection = Secret(fixture.url + "?sslmode=require") }
        let error = await #expect(throws: StoreError.self) { _ = try await store.describe() }
        #expect(error?.kind == .unauthorized && error?.isTransient == false)
        #expect(error?.message.contains("'sslmode'") == true, "\(error?.message ?? "")")
    }
}
