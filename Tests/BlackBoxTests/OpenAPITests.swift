import Foundation
import JSON
import PlanCore
import Testing

extension BlackBox {
    /// schemathesis asks all that the gateway's own OpenAPI document allows, and what it forbids.
    @Suite(.serialized)
    struct OpenAPITests {
        private static let servers = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Servers/servers").path

        /// A route is asked for without waiting a minute for the next.
        private static let configuration = """
            [[operations]]
            include-path = "/v1/route"
            parameters = { wait_ms = 10 }
            """

        @Test func `every operation answers as the document says, under dual writes`()
            async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let installed = try await sandbox.run(
                "/bin/bash", [Self.servers, "install", "schemathesis"], within: 1_200)
            #expect(installed.code == 0, "\(installed.errors)")
            try await sandbox.seed(records: 100)
            var plan = PlanText()
            plan.steps = Array(PlanText.untilSoak.prefix(2))
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            try sandbox.write(Self.configuration, to: "schemathesis.toml")
            let gateway = try await sandbox.startGateway()
            let applied = try await sandbox.apply()
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            let tried = try await sandbox.run(
                "/bin/bash", Self.words(sandbox.port), within: 300)
            #expect(tried.code == 0, "\(tried.output)\(tried.errors)")
            // The document that is served has them all: the records', and a direct writer's.
            #expect(tried.output.contains("Tested: 12"), "\(tried.output)")
            #expect(gateway.isRunning)
            // Leases that nobody ended are given up when their time is up, and their keys are
            // repaired a quarantine later: only where no intent is left is a backlog of none final.
            let status = try await sandbox.settled(within: 30)
            #expect(status["repair_backlog"] == 0, "\(status)")
            #expect(status["gateway"]["backlog"]["intents"] == 0, "\(status)")
        }

        private static func words(_ port: Int) -> [String] {
            [
                servers, "python", "schemathesis", "-m", "schemathesis.cli", "--config-file",
                "schemathesis.toml", "run", "http://127.0.0.1:\(port)/openapi.json", "--checks",
                "not_a_server_error,status_code_conformance,content_type_conformance,"
                    + "response_schema_conformance",
                "--phases", "coverage,fuzzing", "--max-examples", "10", "--seed", "1",
                "--generation-database", "none", "--suppress-health-check", "all",
                "--continue-on-failure",
            ]
        }
    }
}
