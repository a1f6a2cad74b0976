import Foundation
import JSON
import PlanCore
import PlanStores
import TestServers
import Testing

extension BlackBox {
    /// A source that answers 500 to some reads: Qdrant's engine behind a proxy.
    @Suite(.serialized)
    struct OddAnswerTests {
        private static let body =
            "{\"status\": {\"error\": \"Service internal error\"}, \"time\": 0}"

        private func answer(times: Int, _ body: (Sandbox, FaultProxy) async throws -> Void)
            async throws
        {
            let server = try RESTServer.shared(.qdrant)
            let proxy = try FaultProxy(server: server.port, speaking: .http)
            defer { proxy.stop() }
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            sandbox.variables["QDRANT_URL"] = proxy.url
            let name = "odd_\(UUID().uuidString)"
            let store = QdrantStore(
                configuration: .init(url: Secret(server.url), collection: name))
            try await store.create(
                CollectionDescription(
                    name: name, idKind: .int, vectors: [VectorSpec(dimension: 2, distance: .l2)]))
            try await store.upsert(
                (1...300).map { Record(id: .int($0), vector: [Float($0), 1], payload: [:]) })
            await store.close()
            var plan = PlanText()
            plan.source =
                "{store: qdrant, url: \"env:QDRANT_URL\", collection: \"\(name)\", ids: int, "
                + "deadline: 2s, quarantine: 3s}"
            plan.steps = [
                "create_target", "dual_write", "backfill: {workers: 4, batch_size: 10}",
                PlanText.verify,
            ]
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let until = try await sandbox.apply("--until", "dual_write")
            #expect(until.code == 0, "\(until.output)\(until.errors)")
            proxy.arm(
                .answer(
                    "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(Self.body.utf8.count)\r\n\r\n\(Self.body)"),
                times: times
            ) { $0.line.contains("/points/scroll") }
            try await body(sandbox, proxy)
        }

        @Test func `a few of them do not end a backfill`() async throws {
            try await answer(times: 3) { sandbox, proxy in
                let applied = try await sandbox.apply()
                #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
                #expect(proxy.met > 3)
                try await Settled.expectEqual(sandbox)
            }
        }

        @Test func `where there is nothing else the run says so and ends`() async throws {
            try await answer(times: .max) { sandbox, proxy in
                let stopped = try await sandbox.apply()
                #expect(stopped.code == 1, "\(stopped.output)\(stopped.errors)")
                #expect(stopped.errors.contains("Service internal error"), "\(stopped.errors)")
                proxy.disarm()
                let applied = try await sandbox.apply()
                #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            }
        }
    }
}
