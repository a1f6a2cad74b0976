import Foundation
import TestServers
import Testing

/// The real `qdrant-client` through a migration from Qdrant's engine to Milvus 2.3, whose reads lag.
/// By itself, since a host has one Milvus.
extension BlackBox {
    @Suite(.serialized)
    struct QdrantToMilvusTests {
        @Test func `every call of Qdrant's client is answered by Milvus too`() async throws {
            let (source, reference) = (try RESTServer(.qdrant), try RESTServer(.qdrant))
            let target = try RESTServer.shared(.milvus)
            let collection = "things_\(Int.random(in: 0..<Int.max))"
            try target.makeCollection(collection, dimension: 16, textIDs: false, metric: "COSINE")
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let calls = ClientCalls(
                sandbox: sandbox, client: .qdrant, direct: reference.url, words: ["lagging"])
            try await calls.fill(source.url)
            var trial = DialectTrial(
                calls: calls, plan: PlanText(), label: " from Qdrant to Milvus")
            trial.plan.source =
                "{store: qdrant, url: \"\(source.url)\", collection: things, ids: int, "
                + "\(DialectTrial.limits)}"
            trial.plan.target =
                "{store: milvus, url: \"\(target.url)\", collection: \(collection), "
                + "staleness_bound: 2s, \(DialectTrial.limits)}"
            try await trial.run()
        }
    }
}
