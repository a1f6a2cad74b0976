import Foundation
import PlanCore
import TestServers
import Testing

/// What a person reads while a store does not answer.
extension BlackBox {
    @Suite(.serialized)
    struct OutageTests {
        private static let verify =
            "verify: {mode: full, repair: true, workers: 1, max_rate: 150/s}"

        private static func isUnderWay(_ step: String, _ status: JSONValue) -> Bool {
            guard let found = status["steps"].items.first(where: { $0["name"].text == step }) else {
                return false
            }
            return found["state"].text == "running" && (found["done"].number ?? 0) > 0
        }

        @Test func `a walk says what it keeps meeting, goes on, and says no more of it`()
            async throws
        {
            let server = try RESTServer(.qdrant)
            let sandbox = try Sandbox()
            defer {
                sandbox.end()
                server.remove()
            }
            try await sandbox.seed(records: 1_500)
            var plan = PlanText()
            plan.target =
                "{store: qdrant, url: \"\(server.url)\", collection: things, deadline: 1s, "
                + "quarantine: 1s, ids: int}"
            plan.steps = [
                "create_target: {distance: cosine}", "dual_write",
                "backfill: {workers: 1, batch_size: 50, max_rate: 150/s}", Self.verify,
                "cutover: {steps: [{set_weight: 100}]}",
            ]
            try sandbox.write(plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let apply = try sandbox.start("plan", "apply", "plan.yaml", "--until=verify")
            for step in ["backfill", "verify"] {
                _ = try await sandbox.status { Self.isUnderWay(step, $0) }
                server.freeze()
                let met = try await sandbox.status { $0["waiting_for"].text != "" }
                #expect(
                    met["waiting_for"].text.hasPrefix("trying again after qdrant: "),
                    "\(met["waiting_for"])")
                server.thaw()
                _ = try await sandbox.status { $0["waiting_for"].text == "" }
            }
            let applied = try await apply.finish(within: 60)
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            #expect(applied.output.contains("  trying again after qdrant: "), "\(applied.output)")
        }
    }
}
