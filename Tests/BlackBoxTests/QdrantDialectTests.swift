import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// An application with the real `qdrant-client`, in front of Qdrant's engine behind our shim and
/// through the gateway in every phase of a migration: each call is made of both, and every answer
/// compared.
extension BlackBox {
    @Suite(.serialized)
    struct QdrantDialectTests {
        @Test func `from Qdrant to Qdrant every call gets the engine's own answer`() async throws {
            let (reference, source) = (try RESTServer(.qdrant), try RESTServer(.qdrant))
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let calls = ClientCalls(
                sandbox: sandbox, client: .qdrant, direct: reference.url, words: ["alike"])
            try await calls.fill(source.url)
            var plan = PlanText()
            plan.source = endpoint(source, "things")
            plan.target = endpoint(source, "things_new")
            try await DialectTrial(calls: calls, plan: plan).run()
        }

        @Test func `from Qdrant to PostgreSQL every call gets the engine's own answer`()
            async throws
        {
            let (reference, source) = (try RESTServer(.qdrant), try RESTServer(.qdrant))
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            let calls = ClientCalls(sandbox: sandbox, client: .qdrant, direct: reference.url)
            try await calls.fill(source.url)
            var plan = PlanText()
            plan.source = endpoint(source, "things", ", ids: int")
            plan.target = DialectTrial.postgres
            try await DialectTrial(calls: calls, plan: plan, goesOn: true).run()
        }

        @Test func `from SQLite to PostgreSQL every call gets the engine's own answer`()
            async throws
        {
            let reference = try RESTServer(.qdrant)
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            sandbox.variables["NEW_DATABASE_URL"] = try PostgresServer.shared().makeDatabase()
            try await DialectTrial.makeSQLite(in: sandbox, ids: .int)
            var plan = PlanText()
            plan.source = DialectTrial.sqlite("old.sqlite")
            plan.target = DialectTrial.postgres
            let calls = ClientCalls(sandbox: sandbox, client: .qdrant, direct: reference.url)
            try await DialectTrial(calls: calls, plan: plan, fillsThroughGateway: true).run()
        }

        private func endpoint(
            _ server: RESTServer, _ collection: String, _ more: String = ""
        ) -> String {
            "{store: qdrant, url: \"\(server.url)\", collection: \(collection), "
                + "\(DialectTrial.limits)\(more)}"
        }
    }
}
