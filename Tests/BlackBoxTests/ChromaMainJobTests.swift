import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// The main job to Chroma, and from Chroma on to PostgreSQL.
extension BlackBox {
    @Suite(.serialized)
    struct ChromaMainJobTests {
        private static let limits = "deadline: 5s, quarantine: 5s"
        private let collection = "packages-\(UUID().uuidString)"

        private func endpoint() throws -> String {
            let server = try RESTServer.shared(.chroma)
            return "{store: chroma, url: \"\(server.url)\", collection: \(collection), "
                + "\(Self.limits)}"
        }

        private func run(_ plan: PlanText, in sandbox: Sandbox) async throws {
            try sandbox.write(
                plan.patient.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let traffic = try sandbox.startTraffic(records: 600, seconds: 500, expect: "done")
            let applied = try await sandbox.apply(within: 180)
            try #require(applied.code == 0, "\(applied.output)\(applied.errors)")
            let seen = try await traffic.finish(within: 180)
            #expect(seen.code == 0, "\(seen.output)")
            try await Settled.expectEqual(sandbox)
        }

        @Test func `a collection moves to Chroma and the application sees no fault`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 600)
            var plan = PlanText()
            plan.target = try endpoint()
            try sandbox.write(
                plan.patient.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let preview = try await sandbox.run("plan", "preview", "plan.yaml")
            #expect(preview.output.contains("sqlite → chroma"), "\(preview)")
            try await run(plan, in: sandbox)
        }

        @Test func `a collection moves from Chroma to PostgreSQL`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 600)
            let held = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("old.sqlite"), table: "packages"))
            let server = try RESTServer.shared(.chroma)
            let source = ChromaStore(
                configuration: ChromaStoreConfiguration(
                    url: Secret(server.url), collection: collection))
            try await Copying.copy(held, to: source)
            var plan = PlanText()
            plan.source = try endpoint()
            plan.target =
                "{store: pgvector, url: \"\(try PostgresServer.shared().makeDatabase())\", "
                + "table: packages, deadline: 5s, quarantine: 5s}"
            try await run(plan, in: sandbox)
        }
    }
}

enum Copying {
    static func copy(_ from: any VectorStore, to: any VectorStore) async throws {
        let description = try #require(try await from.describe())
        try await to.create(description)
        try await fill(from, to: to)
    }

    static func fill(_ from: any VectorStore, to: any VectorStore) async throws {
        var cursor: RecordID?
        while true {
            let page = try await from.scan(.all, after: cursor, limit: 500)
            guard let last = page.last else { return }
            try await to.upsert(page)
            cursor = last.id
        }
    }
}
