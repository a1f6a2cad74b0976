import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// What a pair carries, and what a plan must allow by name: `plan validate --connect`, and the
/// `plan apply` that begins a run.
extension BlackBox {
    @Suite struct FidelityTests {
        private func validate(
            _ sandbox: Sandbox, _ plan: PlanText
        ) async throws -> Program.Result {
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            return try await sandbox.run("plan", "validate", "--connect", "plan.yaml")
        }

        @Test func `a pair that carries everything says so`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            let seen = try await validate(sandbox, PlanText())
            #expect(seen.code == 0, "\(seen.output)\(seen.errors)")
            for line in ["ids      exactly", "vector   exactly", "payload  exactly"] {
                #expect(seen.output.contains(line), "\(seen.output)")
            }
        }

        @Test func `a loss is refused until the plan names it`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            var plan = PlanText()
            let url = try PostgresServer.shared().makeDatabase()
            plan.target = "{store: pgvector, url: \"\(url)\", table: packages, element: halfvec}"
            let refused = try await validate(sandbox, plan)
            #expect(refused.code == 2)
            #expect(refused.output.contains("allow_loss: [half_precision]"), "\(refused.output)")
            plan.extra = "mapping: {allow_loss: [half_precision]}"
            let allowed = try await validate(sandbox, plan)
            #expect(allowed.code == 0, "\(allowed.output)\(allowed.errors)")
            #expect(allowed.output.contains("lost (half_precision)"), "\(allowed.output)")
        }

        @Test func `a run begins only where the plan names what the pair loses`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            var plan = PlanText()
            let url = try PostgresServer.shared().makeDatabase()
            plan.target = "{store: pgvector, url: \"\(url)\", table: packages, element: halfvec}"
            let told = try await validate(sandbox, plan)
            let apply = ["apply", "plan.yaml", "--until", "create_target"]
            let refused = try await sandbox.run("plan", apply)
            #expect(refused.code == 2, "\(refused.output)\(refused.errors)")
            let lines = told.output.split(separator: "\n")
                .map(String.init)
                .filter { $0.contains("would lose") || $0.contains("allow_loss") }
            #expect(lines.count == 2, "\(told.output)")
            for line in lines { #expect(refused.errors.contains(line), "\(refused.errors)") }
            let run = sandbox.path(".plan/test/run.json")
            #expect(!FileManager.default.fileExists(atPath: run), "no run was begun")
            plan.extra = "mapping: {allow_loss: [half_precision]}"
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let begun = try await sandbox.run("plan", apply)
            #expect(begun.code == 0, "\(begun.output)\(begun.errors)")
        }

        /// What comes into the source later is the run's own affair.
        @Test func `a run that has begun is not asked again`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            var plan = PlanText()
            plan.target =
                "{store: chroma, url: \"\(try RESTServer.shared(.chroma).url)\", "
                + "collection: packages-begun}"
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            let apply = ["apply", "plan.yaml", "--until", "create_target"]
            let begun = try await sandbox.run("plan", apply)
            #expect(begun.code == 0, "\(begun.output)\(begun.errors)")
            let source = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("old.sqlite"), table: "packages"))
            let id = try #require(try await source.scan(.all, limit: 1, .idsOnly).first?.id)
            _ = try await source.update([RecordPatch(id: id, set: ["deep": ["a": 1]])])
            await source.close()
            let again = try await sandbox.run("plan", apply)
            #expect(again.code == 0, "\(again.output)\(again.errors)")
        }

        /// It would be found out after the load.
        @Test func `more dimensions than the target indexes are told before the load`() async throws
        {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("old.sqlite"), table: "packages")
            ).create(
                CollectionDescription(
                    name: "packages", idKind: .int,
                    vectors: [VectorSpec(dimension: 3_072, distance: .cosine)]))
            var plan = PlanText()
            let url = try PostgresServer.shared().makeDatabase()
            let target = "{store: pgvector, url: \"\(url)\", table: packages"
            plan.target = target + "}"
            plan.steps = [
                "create_target", "dual_write", "backfill", "create_index: {kind: hnsw}",
            ]
            let refused = try await validate(sandbox, plan)
            #expect(refused.code == 2, "\(refused.output)\(refused.errors)")
            #expect(refused.output.contains("at most 2000 dimensions of float32"))
            #expect(refused.output.contains("'element: halfvec'"), "\(refused.output)")
            plan.target = target + ", element: halfvec}"
            plan.extra = "mapping: {allow_loss: [half_precision]}"
            let allowed = try await validate(sandbox, plan)
            #expect(allowed.code == 0, "\(allowed.output)\(allowed.errors)")
        }

        @Test func `a name that is no loss is refused with those that are`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            var plan = PlanText()
            plan.extra = "mapping: {allow_loss: [half]}"
            let seen = try await validate(sandbox, plan)
            #expect(seen.code == 2 && seen.output.contains("half_precision"), "\(seen.output)")
        }

        @Test func `a store that normalises and one that flattens are named`() async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await sandbox.seed(records: 10)
            let source = SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path("old.sqlite"), table: "packages"))
            let id = try #require(try await source.scan(.all, limit: 1, .idsOnly).first?.id)
            _ = try await source.update([RecordPatch(id: id, set: ["deep": ["a": 1]])])
            await source.close()
            var plan = PlanText()
            plan.target =
                "{store: chroma, url: \"\(try RESTServer.shared(.chroma).url)\", "
                + "collection: packages-fidelity}"
            let refused = try await validate(sandbox, plan)
            #expect(refused.code == 2 && refused.output.contains("'deep'"), "\(refused.output)")
            #expect(refused.output.contains("vector   within a tolerance"), "\(refused.output)")
            plan.extra = "mapping: {allow_loss: [nested]}"
            let allowed = try await validate(sandbox, plan)
            #expect(allowed.code == 0, "\(allowed.output)\(allowed.errors)")
            try await expectOffer(of: "nested", to: "packages-fidelity", in: sandbox)
        }

        /// A first plan leaves a loss to a person, who has only to take marks away.
        private func expectOffer(
            of loss: String, to collection: String, in sandbox: Sandbox
        ) async throws {
            let chroma = try RESTServer.shared(.chroma).url
            let made = try await sandbox.run(
                "plan", "init", "--source=old.sqlite", "--target=\(chroma)#\(collection)")
            #expect(made.output.contains("# To mend: this pair would lose"), "\(made.output)")
            try sandbox.write(made.output, to: "made.yaml")
            let refused = try await sandbox.run("plan", "validate", "--connect", "made.yaml")
            #expect(refused.code == 2, "\(refused.output)\(refused.errors)")
            let meant = made.output.replacing("# mapping:", with: "mapping:")
                .replacing("#   allow_loss: [\(loss)]", with: "  allow_loss: [\(loss)]")
            try sandbox.write(meant, to: "meant.yaml")
            let allowed = try await sandbox.run("plan", "validate", "--connect", "meant.yaml")
            #expect(allowed.code == 0, "\(allowed.output)\(allowed.errors)\(meant)")
        }
    }
}
