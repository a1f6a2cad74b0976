import Foundation
import TestServers
import Testing

/// The pairs with Milvus, of which a host has one, and the real `qdrant-client` and `chromadb` client
/// through a migration from their own servers to it. At once: most of each is waiting.
extension BlackBox {
    @Suite(.serialized)
    struct MilvusPairTests {
        @Test func `records, Qdrant's client and Chroma's move between Milvus and every store`()
            async throws
        {
            let kinds = PairTrial.Kind.allCases
            let pairs: [(from: PairTrial.Kind, to: PairTrial.Kind)] =
                kinds.map { (.milvus, $0) } + kinds.filter { $0 != .milvus }.map { ($0, .milvus) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await PairTrial.run(pairs) }
                group.addTask { try await qdrantToMilvus() }
                group.addTask { try await chromaToMilvus() }
                try await group.waitForAll()
            }
        }

        private func qdrantToMilvus() async throws {
            let (source, reference) = (try RESTServer(.qdrant), try RESTServer(.qdrant))
            let target = try milvus(textIDs: false)
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
            trial.plan.target = target
            try await trial.run()
        }

        private func chromaToMilvus() async throws {
            let (source, reference) = (try RESTServer(.chroma), try RESTServer(.chroma))
            let target = try milvus(textIDs: true)
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let calls = ClientCalls(
                sandbox: sandbox, client: .chroma, direct: reference.url,
                words: ["cosine", "wholes", "lagging"])
            try await calls.fill(source.url)
            var trial = DialectTrial(
                calls: calls, plan: PlanText(), label: " from Chroma to Milvus")
            trial.plan.source =
                "{store: chroma, url: \"\(source.url)\", collection: things, "
                + "\(DialectTrial.limits)}"
            trial.plan.target = target
            try await trial.run()
        }

        /// An empty collection on the server, as a plan names it.
        private func milvus(textIDs: Bool) throws -> String {
            let server = try RESTServer.shared(.milvus)
            let collection = "things_\(Int.random(in: 0..<Int.max))"
            try server.makeCollection(
                collection, dimension: 16, textIDs: textIDs, metric: "COSINE")
            return "{store: milvus, url: \"\(server.url)\", collection: \(collection), "
                + "staleness_bound: 2s, \(DialectTrial.limits)}"
        }
    }
}
