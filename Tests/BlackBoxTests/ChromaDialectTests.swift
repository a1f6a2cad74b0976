import Foundation
import PlanCore
import TestServers
import Testing

/// An application with the real `chromadb` HttpClient, in front of Chroma's own server and through
/// the gateway in every phase of a migration: each call is made of both, and every answer compared.
extension BlackBox {
    @Suite(.serialized)
    struct ChromaDialectTests {
        private static let limits = "deadline: 3s, quarantine: 3s"

        /// Most of each is waiting: for quarantines, for the mirror's end.
        @Test func `every call gets the server's own answer, between five pairs of stores`()
            async throws
        {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await fromChromaToChroma() }
                group.addTask { try await fromChromaToPostgres() }
                group.addTask { try await fromChromaToQdrant() }
                group.addTask { try await fromChromaToSQLite() }
                group.addTask { try await fromSQLiteToChroma() }
                try await group.waitForAll()
            }
        }

        private func fromChromaToChroma() async throws {
            let target = try RESTServer(.chroma)
            try await run("Chroma to Chroma", space: "l2", ["alike", "unordered", "others"]) {
                $0.plan.target = chroma(target, "things_new")
            }
        }

        private func fromChromaToPostgres() async throws {
            try await run("Chroma to PostgreSQL", space: "cosine", ["others"]) {
                $0.plan.target = try DialectTrial.postgres(for: $0.calls.sandbox)
                $0.goesOn = true
            }
        }

        private func fromChromaToQdrant() async throws {
            let target = try RESTServer(.qdrant)
            try await run("Chroma to Qdrant", space: "ip", ["unordered", "wholes"]) {
                $0.plan.target =
                    "{store: qdrant, url: \"\(target.url)\", collection: things, "
                    + "\(Self.limits)}"
                $0.plan.extra = "mapping: {id: uuid5}"
                $0.distance = "inner_product"
            }
        }

        private func fromChromaToSQLite() async throws {
            try await run("Chroma to SQLite", space: "l2", []) {
                $0.plan.target = DialectTrial.sqlite("new.sqlite")
            }
        }

        private func fromSQLiteToChroma() async throws {
            let target = try RESTServer(.chroma)
            try await run("SQLite to Chroma", space: "cosine", ["unordered"]) {
                try await DialectTrial.makeSQLite(in: $0.calls.sandbox, ids: .text)
                $0.plan.source = DialectTrial.sqlite("old.sqlite")
                $0.plan.target = chroma(target, "things")
                $0.fillsThroughGateway = true
            }
        }

        /// - Parameter change: what is not: a Chroma collection, there and back.
        private func run(
            _ label: String, space: String, _ words: [String],
            _ change: (inout DialectTrial) async throws -> Void
        ) async throws {
            let (reference, source) = (try RESTServer(.chroma), try RESTServer(.chroma))
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let calls = ClientCalls(
                sandbox: sandbox, client: .chroma, direct: reference.url,
                words: [space] + words)
            var trial = DialectTrial(
                calls: calls, plan: PlanText(), label: " from \(label)",
                distance: space == "l2" ? "l2" : "cosine", mirrorSeconds: 8, holdsWrites: true)
            trial.plan.source = chroma(source, "things")
            try await change(&trial)
            if !trial.fillsThroughGateway { try await calls.fill(source.url) }
            try await trial.run()
        }

        private func chroma(_ server: RESTServer, _ collection: String) -> String {
            "{store: chroma, url: \"\(server.url)\", collection: \(collection), "
                + "\(Self.limits)}"
        }
    }
}
