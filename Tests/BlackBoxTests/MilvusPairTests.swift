import Foundation
import TestServers
import Testing

/// The pairs with Milvus, of which a host has one, and the real `qdrant-client` through a migration
/// from Qdrant's engine to it. At once: most of each is waiting.
extension BlackBox {
    @Suite(.serialized)
    struct MilvusPairTests {
        @Test func `records and Qdrant's client move between Milvus and every store`()
            async throws
        {
            let kinds = PairTrial.Kind.allCases
            let pairs: [(from: PairTrial.Kind, to: PairTrial.Kind)] =
                kinds.map { (.milvus, $0) } + kinds.filter { $0 != .milvus }.map { ($0, .milvus) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await PairTrial.run(pairs) }
                group.addTask { try await clientToMilvus() }
                try await group.waitForAll()
            }
        }

        private func clientToMilvus() async throws {
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
