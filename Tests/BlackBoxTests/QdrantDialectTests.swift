import Foundation
import PlanCore
import TestServers
import Testing

/// An application with the real `qdrant-client`, in front of Qdrant's engine behind our shim and
/// through the gateway in every phase of a migration: each call is made of both, and every answer
/// compared.
extension BlackBox {
    @Suite(.serialized)
    struct QdrantDialectTests {
        /// Most of each is waiting: for quarantines, for the mirror's end.
        @Test func `every call gets the engine's own answer, between pairs of stores`()
            async throws
        {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await fromQdrantToQdrant(goesOn: true) }
                group.addTask { try await fromQdrantToQdrant(goesOn: false) }
                group.addTask { try await fromQdrantToPostgres() }
                group.addTask { try await fromQdrantToSQLite() }
                group.addTask { try await fromQdrantToChroma() }
                group.addTask { try await fromSQLiteToPostgres() }
                try await group.waitForAll()
            }
        }

        /// To a server of its own: for good, where the old one is left without the collection; or back.
        private func fromQdrantToQdrant(goesOn: Bool) async throws {
            let (source, target) = (try RESTServer(.qdrant), try RESTServer(.qdrant))
            let label = "Qdrant to Qdrant" + (goesOn ? "" : " and back")
            try await run(label, ["alike"], filling: source) {
                $0.plan.source = endpoint(source, "things")
                $0.plan.target = endpoint(target, "things_new")
                $0.goesOn = goesOn
            }
        }

        private func fromQdrantToPostgres() async throws {
            let source = try RESTServer(.qdrant)
            try await run("Qdrant to PostgreSQL", [], filling: source) {
                $0.plan.source = endpoint(source, "things", ", ids: int")
                $0.plan.target = try DialectTrial.postgres(for: $0.calls.sandbox)
                $0.goesOn = true
            }
        }

        /// A named vector and UUIDs, under other names in the target.
        private func fromQdrantToSQLite() async throws {
            let source = try RESTServer(.qdrant)
            try await run("Qdrant to SQLite", ["named", "uuids"], filling: source) {
                $0.plan.source = endpoint(source, "things")
                $0.plan.target = DialectTrial.sqlite("new.sqlite")
                $0.plan.extra =
                    "mapping: {fields: {kind: colour, inner: n}, vectors: {text: embedding}}"
            }
        }

        private func fromQdrantToChroma() async throws {
            let (source, target) = (try RESTServer(.qdrant), try RESTServer(.chroma))
            try await run("Qdrant to Chroma", [], filling: source) {
                $0.plan.source = endpoint(source, "things")
                $0.plan.target =
                    "{store: chroma, url: \"\(target.url)\", collection: things, "
                    + "\(DialectTrial.limits)}"
                $0.plan.extra = "mapping: {allow_loss: [nested]}"
                $0.goesOn = true
            }
        }

        private func fromSQLiteToPostgres() async throws {
            try await run("SQLite to PostgreSQL", [], filling: nil) {
                try await DialectTrial.makeSQLite(in: $0.calls.sandbox, ids: .int)
                $0.plan.source = DialectTrial.sqlite("old.sqlite")
                $0.plan.target = try DialectTrial.postgres(for: $0.calls.sandbox)
            }
        }

        /// - Parameter server: filled at first; nil: through the gateway.
        private func run(
            _ label: String, _ words: [String], filling server: RESTServer?,
            _ change: (inout DialectTrial) async throws -> Void
        ) async throws {
            let reference = try RESTServer(.qdrant)
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let calls = ClientCalls(
                sandbox: sandbox, client: .qdrant, direct: reference.url,
                words: words + (server == nil ? [] : ["led"]))
            if let server { try await calls.fill(server.url) }
            var trial = DialectTrial(
                calls: calls, plan: PlanText(), label: " from \(label)", holdsWrites: true,
                fillsThroughGateway: server == nil)
            try await change(&trial)
            try await trial.run()
        }

        private func endpoint(
            _ server: RESTServer, _ collection: String, _ more: String = ""
        ) -> String {
            "{store: qdrant, url: \"\(server.url)\", collection: \(collection), "
                + "\(DialectTrial.limits)\(more)}"
        }
    }
}
