import Foundation
import JSON
import PlanCore
import PlanStores
import TestServers
import Testing

extension BlackBox {
    /// A target that refuses a request for one of its records, and may have taken the others.
    @Suite(.serialized)
    struct RefusedInBatchTests {
        private static let refusal =
            "{\"status\": {\"error\": \"Wrong input: no such thing\"}, \"time\": 0}"

        /// Qdrant's engine behind a proxy that refuses every write of a record that says `unloved`.
        private func proxy() throws -> FaultProxy {
            let server = try RESTServer.shared(.qdrant)
            let proxy = try FaultProxy(server: server.port, speaking: .http)
            proxy.arm(
                .answer(
                    "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(Self.refusal.utf8.count)\r\n\r\n\(Self.refusal)")
            ) { request in
                request.line.hasPrefix("PUT") && request.line.contains("/points")
                    && String(decoding: request.bytes, as: UTF8.self).contains("unloved")
            }
            return proxy
        }

        @Test func `one record that the target refuses stops neither backfill nor repair`()
            async throws
        {
            let proxy = try proxy()
            defer { proxy.stop() }
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            sandbox.variables["QDRANT_URL"] = proxy.url
            try await sandbox.seed(records: 200)
            var plan = PlanText()
            plan.target =
                "{store: qdrant, url: \"env:QDRANT_URL\", collection: \"p_\(UUID().uuidString)\", "
                + "deadline: 2s, quarantine: 3s}"
            plan.steps = [
                "create_target", "dual_write", "backfill: {max_refused: 3}", PlanText.verify,
            ]
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            // One is there before the run.
            let unloved = try await sandbox.ask(
                "PUT", "/v1/records", ["records": [record(50_001, "unloved")]])
            #expect(unloved.status == 200, "\(unloved.body)")
            let until = try await sandbox.apply("--until", "dual_write")
            #expect(until.code == 0, "\(until.output)\(until.errors)")
            // One comes among others while both are written: its fellows must arrive.
            let written = try await sandbox.ask(
                "PUT", "/v1/records",
                [
                    "records": [
                        record(50_002, "loved"), record(50_003, "unloved"), record(50_004, "loved"),
                    ]
                ])
            #expect(written.status == 200, "\(written.body)")
            try await expectRefused(1, sandbox)
            // One becomes so by a part of it: known at once, not only when everything is compared.
            let patched = try await sandbox.ask(
                "PATCH", "/v1/records",
                ["updates": [["id": 50_004, "set": ["mood": "unloved"]]]])
            #expect(patched.status == 200, "\(patched.body)")
            try await expectRefused(2, sandbox)
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            #expect(applied.output.contains("3 records refused"), "\(applied.output)")
            let listed = sandbox.lines(".plan/test/refused.jsonl").compactMap {
                try? JSON.parse($0)
            }
            #expect(Set(listed.map { $0["id"].text }) == ["50001", "50003", "50004"], "\(listed)")
            #expect(listed.allSatisfy { $0["reason"].text.contains("no such thing") }, "\(listed)")
            let diff = try await sandbox.run("plan", "diff", "plan.yaml")
            #expect(diff.output.contains("3 that it refuses to hold"), "\(diff.output)")
        }

        private func expectRefused(_ count: Double, _ sandbox: Sandbox) async throws {
            var refused: Double?
            for _ in 0..<60 where refused != count {
                let status = try await sandbox.run("plan", "status", "--format=json", "plan.yaml")
                refused = try JSON.parse(status.output)["refused"].number
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(refused == count)
        }

        private func record(_ id: Int64, _ mood: String) -> JSONValue {
            [
                "id": .int(id), "vector": .array(Array(repeating: .double(0.5), count: 384)),
                "payload": ["mood": .string(mood)],
            ]
        }
    }
}
