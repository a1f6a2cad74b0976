import Foundation
import PlanCore
import PlanStores
import TestServers

/// A collection on the real server, reached once through a proxy that breaks what it is told to,
/// and once beside it.
final class FaultyPlace {
    static let speakingHTTP = Stores.chosen(["qdrant", "chroma", "milvus", "milvus-lite"])
    static let names = speakingHTTP + Stores.chosen(["milvus by gRPC", "pgvector"])

    let proxy: FaultProxy
    let store: any VectorStore
    let beside: any VectorStore
    let isUpsert: @Sendable (FaultProxy.Request) -> Bool
    let isRead: @Sendable (FaultProxy.Request) -> Bool

    private init(
        _ proxy: FaultProxy, store: any VectorStore, beside: any VectorStore,
        isUpsert: @escaping @Sendable (FaultProxy.Request) -> Bool,
        isRead: @escaping @Sendable (FaultProxy.Request) -> Bool
    ) {
        self.proxy = proxy
        self.store = store
        self.beside = beside
        self.isUpsert = isUpsert
        self.isRead = isRead
    }

    deinit { proxy.stop() }

    /// The collection holds the records, and the store has a connection and has used it.
    static func make(
        _ name: String, holding records: [Record], deadline: Duration = .seconds(10)
    ) async throws -> FaultyPlace {
        let place =
            switch name {
            case "qdrant": try qdrant(deadline)
            case "chroma": try await chroma(deadline)
            case "milvus": try milvus(deadline)
            case "milvus by gRPC": try milvusByRPC(deadline)
            case "milvus-lite": try milvusLite(deadline)
            default: try postgres(deadline)
            }
        try await place.store.create(
            CollectionDescription(
                name: "products", idKind: name == "qdrant" ? .intOrUUID : .int,
                vectors: [VectorSpec(dimension: 4, distance: .l2)]))
        try await place.store.upsert(records)
        _ = try await place.store.get([.int(1)])
        return place
    }

    private static func qdrant(_ deadline: Duration) throws -> FaultyPlace {
        let fixture = try QdrantFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        let store = fixture.another {
            $0.http.url = Secret(proxy.url)
            $0.http.deadline = deadline
        }
        return FaultyPlace(
            proxy, store: store, beside: fixture.store,
            isUpsert: { $0.line.hasPrefix("PUT ") && $0.line.contains("/points?") },
            isRead: { $0.line.hasPrefix("POST ") && $0.line.contains(/\/points[ ?]/) })
    }

    private static func chroma(_ deadline: Duration) async throws -> FaultyPlace {
        let fixture = try await ChromaFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        let store = fixture.another {
            $0.http.url = Secret(proxy.url)
            $0.http.deadline = deadline
        }
        return FaultyPlace(
            proxy, store: store, beside: fixture.store,
            isUpsert: { $0.line.contains("/upsert ") }, isRead: { $0.line.contains("/get ") })
    }

    private static func milvus(_ deadline: Duration) throws -> FaultyPlace {
        let fixture = try MilvusFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        var configuration = fixture.configuration
        configuration.http.url = Secret(proxy.url)
        configuration.http.deadline = deadline
        let store = PatientStore(MilvusStore(configuration: configuration), fixture)
        return FaultyPlace(
            proxy, store: store, beside: fixture.patient(),
            isUpsert: { $0.line.contains("/upsert ") }, isRead: { $0.line.contains("/query ") })
    }

    /// What comes over HTTP/2 is a message alone; a probe's is empty but for gRPC's five bytes.
    private static func milvusByRPC(_ deadline: Duration) throws -> FaultyPlace {
        let fixture = try MilvusFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        var configuration = fixture.configuration
        configuration.http.url = Secret(proxy.url)
        configuration.http.deadline = deadline
        configuration.recordsByRPC = 1
        let store = PatientStore(MilvusStore(configuration: configuration), fixture)
        return FaultyPlace(
            proxy, store: store, beside: fixture.patient(),
            isUpsert: { $0.bytes.first == 0 && $0.bytes.count > 5 },
            isRead: { $0.line.contains("/query ") })
    }

    private static func milvusLite(_ deadline: Duration) throws -> FaultyPlace {
        let fixture = try MilvusLiteFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        let store = fixture.another {
            $0.http.url = Secret(proxy.url)
            $0.http.deadline = deadline
        }
        return FaultyPlace(
            proxy, store: store, beside: fixture.store,
            isUpsert: { $0.line.contains("/upsert ") }, isRead: { $0.line.contains("/query ") })
    }

    /// Statements are prepared once on a connection: those known are told by their Bind alone.
    private static func postgres(_ deadline: Duration) throws -> FaultyPlace {
        let fixture = try PostgresFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .postgres)
        let url = fixture.url.replacing(":\(fixture.server.port)/", with: ":\(proxy.port)/")
        let store = fixture.another {
            $0.connection = Secret(url)
            $0.poolSize = 1
            $0.deadline = deadline
        }
        let isBind: @Sendable (FaultProxy.Request) -> Bool = {
            $0.bytes.first == UInt8(ascii: "B")
        }
        return FaultyPlace(
            proxy, store: store, beside: fixture.store, isUpsert: isBind, isRead: isBind)
    }
}
