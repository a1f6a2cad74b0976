import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// An application with the real `chromadb` HttpClient, in front of Chroma's own server and through
/// the gateway in every phase of a migration: each call is made of both, and every answer compared.
extension BlackBox {
    @Suite(.serialized)
    struct ChromaDialectTests {
        @Test func `from Chroma to Chroma every call gets the server's own answer`() async throws {
            let (reference, source) = (try RESTServer(.chroma), try RESTServer(.chroma))
            let target = try RESTServer(.chroma)
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let calls = calls(sandbox, reference, "l2", "alike", "others")
            try await calls.fill(source.url)
            var plan = PlanText()
            plan.source = endpoint(source, "things")
            plan.target = endpoint(target, "things_new")
            try await trial(calls, plan, "l2").run()
        }

        @Test func `from Chroma to PostgreSQL every call gets the server's own answer`()
            async throws
        {
            let (reference, source) = (try RESTServer(.chroma), try RESTServer(.chroma))
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            let calls = calls(sandbox, reference, "cosine", "others")
            try await calls.fill(source.url)
            var plan = PlanText()
            plan.source = endpoint(source, "things")
            plan.target = DialectTrial.postgres
            var trial = trial(calls, plan, "cosine")
            trial.goesOn = true
            try await trial.run()
        }

        @Test func `from Chroma to Qdrant every call gets the server's own answer`() async throws {
            let (reference, source) = (try RESTServer(.chroma), try RESTServer(.chroma))
            let target = try RESTServer(.qdrant)
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let calls = calls(sandbox, reference, "ip")
            try await calls.fill(source.url)
            var plan = PlanText()
            plan.source = endpoint(source, "things")
            plan.target =
                "{store: qdrant, url: \"\(target.url)\", collection: things, "
                + "\(DialectTrial.limits)}"
            plan.extra = "mapping: {id: uuid5}"
            try await trial(calls, plan, "inner_product").run()
        }

        @Test func `from SQLite to Chroma every call gets the server's own answer`() async throws {
            let (reference, target) = (try RESTServer(.chroma), try RESTServer(.chroma))
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await DialectTrial.makeSQLite(in: sandbox, ids: .text)
            var plan = PlanText()
            plan.source = DialectTrial.sqlite("old.sqlite")
            plan.target = endpoint(target, "things")
            var trial = trial(calls(sandbox, reference, "cosine"), plan, "cosine")
            trial.fillsThroughGateway = true
            try await trial.run()
        }

        private func calls(
            _ sandbox: Sandbox, _ reference: RESTServer, _ words: String...
        ) -> ClientCalls {
            ClientCalls(sandbox: sandbox, client: .chroma, direct: reference.url, words: words)
        }

        private func trial(
            _ calls: ClientCalls, _ plan: PlanText, _ distance: String
        ) -> DialectTrial {
            DialectTrial(calls: calls, plan: plan, distance: distance, mirrorSeconds: 8)
        }

        private func endpoint(_ server: RESTServer, _ collection: String) -> String {
            "{store: chroma, url: \"\(server.url)\", collection: \(collection), "
                + "\(DialectTrial.limits)}"
        }
    }
}
