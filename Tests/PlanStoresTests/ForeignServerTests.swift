import HTTPServer
import PlanCore
import PlanStores
import TestServers
import Testing

/// A server of another kind at the address, or one that is too old.
@Suite(.serialized) struct ForeignServerTests {
    private func store(_ kind: RESTServer.Store, at url: String) -> any VectorStore {
        let url = Secret(url)
        switch kind {
        case .chroma:
            return ChromaStore(
                configuration: ChromaStoreConfiguration(url: url, collection: "nowhere"))
        case .milvus, .milvusLite:
            return MilvusStore(
                configuration: MilvusStoreConfiguration(url: url, collection: "nowhere"))
        case .qdrant:
            return QdrantStore(
                configuration: QdrantStoreConfiguration(url: url, collection: "nowhere"))
        }
    }

    private static let kinds: [RESTServer.Store] = [.chroma, .milvus, .qdrant]

    @Test(arguments: kinds, kinds + [.milvusLite])
    func `a server of another kind is not taken for one without the collection`(
        asked: RESTServer.Store, there: RESTServer.Store
    ) async throws {
        let store = store(asked, at: try RESTServer.shared(there).url)
        if asked == there || (asked == .milvus && there == .milvusLite) {
            #expect(try await store.describe() == nil)
        } else {
            let error = await #expect(throws: StoreError.self) { _ = try await store.describe() }
            #expect(error?.kind == .foreign && error?.isTransient == false, "\(there)")
            #expect(error?.message.contains(asked.rawValue) == true, "\(error?.message ?? "")")
        }
        await store.close()
    }

    @Test func `a chroma that speaks the first version alone is told so`() async throws {
        let server = try HTTPServer(configuration: HTTPServerConfiguration()) { request in
            request.path == "/api/v1/heartbeat"
                ? HTTPResponse(text: "{\"nanosecond heartbeat\": 1}", type: "application/json")
                : HTTPResponse(status: 404, text: "{\"detail\": \"Not Found\"}")
        }
        let store = store(.chroma, at: "http://127.0.0.1:\(server.port)")
        let error = await #expect(throws: StoreError.self) { _ = try await store.describe() }
        #expect(error?.kind == .unsupported)
        #expect(error?.message.contains("first version") == true, "\(error?.message ?? "")")
        await store.close()
        await server.stop()
    }
}
