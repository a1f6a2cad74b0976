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
    /// Through the proxy, with a deadline of each request.
    private let reach: (Duration) -> any VectorStore
    let store: any VectorStore
    let beside: any VectorStore
    let isUpsert: @Sendable (FaultProxy.Request) -> Bool
    let isRead: @Sendable (FaultProxy.Request) -> Bool

    private init(
        _ proxy: FaultProxy, beside: any VectorStore,
        isUpsert: @escaping @Sendable (FaultProxy.Request) -> Bool,
        isRead: @escaping @Sendable (FaultProxy.Request) -> Bool,
        reach: @escaping (Duration) -> any VectorStore
    ) {
        self.proxy = proxy
        self.reach = reach
        store = reach(.seconds(10))
        self.beside = beside
        self.isUpsert = isUpsert
        self.isRead = isRead
    }

    deinit { proxy.stop() }

    /// The collection holds the records, and the store has a connection and has used it.
    static func make(_ name: String, holding records: [Record]) async throws -> FaultyPlace {
        let place =
            switch name {
            case "qdrant": try qdrant()
            case "chroma": try await chroma()
            case "milvus": try await milvus()
            case "milvus by gRPC": try await milvusByRPC()
            case "milvus-lite": try milvusLite()
            default: try postgres()
            }
        try await place.store.create(
            CollectionDescription(
                name: "products", idKind: name == "qdrant" ? .intOrUUID : .int,
                vectors: [VectorSpec(dimension: 4, distance: .l2)]))
        try await place.store.upsert(records)
        _ = try await place.store.get([.int(1)])
        return place
    }

    /// Another through the proxy that soon gives up: after as long as ten writes take here, and at
    /// least 1.5 s. It has written the records once more, and so knows its collection.
    func hasty(rewriting records: [Record]) async throws -> any VectorStore {
        let begun = ContinuousClock.now
        try await store.upsert(records)
        let hasty = reach(max(.milliseconds(1_500), begun.duration(to: .now) * 10))
        try await eventually { try await hasty.upsert(records) }
        return hasty
    }

    private static func qdrant() throws -> FaultyPlace {
        let fixture = try QdrantFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        return FaultyPlace(
            proxy, beside: fixture.store,
            isUpsert: { $0.line.hasPrefix("PUT ") && $0.line.contains("/points?") },
            isRead: { $0.line.hasPrefix("POST ") && $0.line.contains(/\/points[ ?]/) },
            reach: { deadline in
                fixture.another {
                    $0.http.url = Secret(proxy.url)
                    $0.http.deadline = deadline
                }
            })
    }

    private static func chroma() async throws -> FaultyPlace {
        let fixture = try await ChromaFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        return FaultyPlace(
            proxy, beside: fixture.store,
            isUpsert: { $0.line.contains("/upsert ") }, isRead: { $0.line.contains("/get ") },
            reach: { deadline in
                fixture.another {
                    $0.http.url = Secret(proxy.url)
                    $0.http.deadline = deadline
                }
            })
    }

    private static func milvus() async throws -> FaultyPlace {
        let fixture = try await MilvusFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        return FaultyPlace(
            proxy, beside: fixture.patient(),
            isUpsert: { $0.line.contains("/upsert ") }, isRead: { $0.line.contains("/query ") },
            reach: { deadline in
                fixture.patient {
                    $0.http.url = Secret(proxy.url)
                    $0.http.deadline = deadline
                }
            })
    }

    /// What comes over HTTP/2 is a message alone; a probe's is empty but for gRPC's five bytes.
    private static func milvusByRPC() async throws -> FaultyPlace {
        let fixture = try await MilvusFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        return FaultyPlace(
            proxy, beside: fixture.patient(),
            isUpsert: { $0.bytes.first == 0 && $0.bytes.count > 5 },
            isRead: { $0.line.contains("/query ") },
            reach: { deadline in
                fixture.patient {
                    $0.http.url = Secret(proxy.url)
                    $0.http.deadline = deadline
                    $0.recordsByRPC = 1
                }
            })
    }

    private static func milvusLite() throws -> FaultyPlace {
        let fixture = try MilvusLiteFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .http)
        return FaultyPlace(
            proxy, beside: fixture.store,
            isUpsert: { $0.line.contains("/upsert ") }, isRead: { $0.line.contains("/query ") },
            reach: { deadline in
                fixture.another {
                    $0.http.url = Secret(proxy.url)
                    $0.http.deadline = deadline
                }
            })
    }

    /// Statements are prepared once on a connection: those known are told by their Bind alone.
    private static func postgres() throws -> FaultyPlace {
        let fixture = try PostgresFixture()
        let proxy = try FaultProxy(server: fixture.server.port, speaking: .postgres)
        let url = fixture.url.replacing(":\(fixture.server.port)/", with: ":\(proxy.port)/")
        let isBind: @Sendable (FaultProxy.Request) -> Bool = {
            $0.bytes.first == UInt8(ascii: "B")
        }
        return FaultyPlace(
            proxy, beside: fixture.store, isUpsert: isBind, isRead: isBind,
            reach: { deadline in
                fixture.another {
                    $0.connection = Secret(url)
                    $0.poolSize = 1
                    $0.deadline = deadline
                }
            })
    }
}
