import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// Several plans behind one listener: collections of one server that move each at its own time.
extension BlackBox {
    @Suite(.serialized)
    struct SeveralPlansTests {
        private static let collections =
            "/api/v2/tenants/default_tenant/databases/default_database/collections"
        private static let names = ["one", "two", "three"]

        @Test func `two collections of a server move at different times, a third never`()
            async throws
        {
            let server = try RESTServer(.chroma)
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let ids = try await filled(server, sandbox)
            _ = try await sandbox.startGateway(plans: ["one.yaml", "two.yaml"])
            let load = Task { [ids] in try await self.load(sandbox, ids) }
            try await moved(sandbox, "one", authorities: ["one": "target", "two": "source"])
            try await expectOwnRoutes(sandbox, ["one": "target", "two": "source"])
            try await moved(sandbox, "two", authorities: ["one": "target", "two": "target"])
            load.cancel()
            let written = try await load.value
            #expect(written > 10)
            for name in Self.names {
                let count = try await sandbox.ask("GET", path(ids, name, "count"), nil)
                #expect(count.body.number == Double(written), "\(name): \(count)")
            }
            for name in ["one", "two"] {
                let target = SQLiteStore(
                    configuration: SQLiteStoreConfiguration(
                        path: sandbox.path("\(name).sqlite"), table: name))
                #expect(try await target.count() == written)
                await target.close()
            }
            let direct = try await sandbox.ask(
                "GET", path(ids, "three", "count"), nil, port: Int(server.port))
            #expect(direct.body.number == Double(written))
            #expect(try await listed(sandbox, port: nil) == Self.names.sorted())
            #expect(try await listed(sandbox, port: Int(server.port)) == Self.names.sorted())
            let metrics = try await sandbox.get("/metrics").text
            #expect(metrics.contains("crossfade_authority{plan=\"two\",side=\"target\"} 1"))
        }

        @Test func `a server that ends takes no collection along that has moved`() async throws {
            let server = try RESTServer(.chroma)
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            let ids = try await filled(server, sandbox)
            // The one that stays is asked first whose collection it is.
            _ = try await sandbox.startGateway(plans: ["two.yaml", "one.yaml"])
            for name in ["one", "two"] {
                let count = try await sandbox.ask("GET", path(ids, name, "count"), nil)
                #expect(count.body.number == 1, "\(name): \(count)")
            }
            try await moved(sandbox, "one", authorities: ["one": "target", "two": "source"])
            server.crash()
            // What was learned of ids is no longer fresh.
            try await Task.sleep(for: .seconds(6))
            let count = try await sandbox.ask("GET", path(ids, "one", "count"), nil)
            #expect(count.body.number == 1, "\(count)")
            let added = try await sandbox.ask("POST", path(ids, "one", "add"), record(1))
            #expect(added.status == 201, "\(added)")
            let lost = try await sandbox.ask("GET", path(ids, "two", "count"), nil)
            #expect([503, 504].contains(lost.status), "\(lost)")
            #expect(try await listed(sandbox, port: nil) == ["one"])
            let tenant = "/api/v2/tenants/default_tenant"
            for path in [
                "\(Self.collections)/one", "/api/v2/heartbeat", "/api/v2/auth/identity", tenant,
                "\(tenant)/databases/default_database",
            ] {
                let answer = try await sandbox.ask("GET", path, nil)
                #expect(answer.status == 200, "\(path): \(answer)")
            }
        }

        @Test(arguments: [
            ("speak: chroma", "speak: native", "differ in 'speak' of 'gateway'"),
            ("name: two", "name: one", "two of the plans are named 'one'"),
            ("collection: two", "collection: one", "two of the plans move the collection 'one'"),
            ("http://127.0.0.1:9", "http://127.0.0.1:8", "are not on one server"),
        ])
        func `plans that do not agree are not served together`(
            from: String, to: String, said: String
        ) async throws {
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            for name in ["one", "two"] {
                let text = plan(name, "http://127.0.0.1:9", sandbox)
                try sandbox.write(
                    name == "two" ? text.replacingOccurrences(of: from, with: to) : text,
                    to: "\(name).yaml")
            }
            let ended = try await sandbox.run("plan", "gateway", "one.yaml", "two.yaml")
            #expect(ended.code == 2, "\(ended)")
            #expect(ended.errors.contains(said), "\(ended.errors)")
        }

        /// Each collection with a record, and plans for two of them. The collections' ids.
        private func filled(
            _ server: RESTServer, _ sandbox: Sandbox
        ) async throws -> [String: String] {
            var ids: [String: String] = [:]
            for name in Self.names {
                let made = try await sandbox.ask(
                    "POST", Self.collections, ["name": .string(name)], port: Int(server.port))
                ids[name] = made.body["id"].text
                // The first record says of which dimension a collection is.
                let first = try await sandbox.ask(
                    "POST", path(ids, name, "add"), record(0), port: Int(server.port))
                #expect(first.status == 201, "\(first)")
            }
            for name in ["one", "two"] {
                try sandbox.write(plan(name, server, sandbox), to: "\(name).yaml")
            }
            return ids
        }

        private func plan(_ name: String, _ server: RESTServer, _ sandbox: Sandbox) -> String {
            plan(name, server.url, sandbox)
        }

        private func plan(_ name: String, _ url: String, _ sandbox: Sandbox) -> String {
            var plan = PlanText()
            plan.source =
                "{store: chroma, url: \"\(url)\", collection: \(name), deadline: 8s, "
                + "quarantine: 8s}"
            plan.target =
                "{store: sqlite, path: \(name).sqlite, table: \(name), deadline: 8s, "
                + "quarantine: 8s}"
            plan.speak = "chroma"
            plan.steps = [
                "create_target: {distance: l2}", "dual_write",
                "backfill: {workers: 1, batch_size: 100}", PlanText.verify,
                "cutover: {steps: [{set_weight: 100}]}",
            ]
            return plan.text(port: sandbox.port, admin: sandbox.admin)
                .replacingOccurrences(of: "name: test", with: "name: \(name)")
        }

        /// Who goes to the stores by itself names its plan, and is told of that one's route.
        private func expectOwnRoutes(
            _ sandbox: Sandbox, _ authorities: [String: String]
        ) async throws {
            for (plan, side) in authorities.sorted(by: { $0.key < $1.key }) {
                let told = try await sandbox.ask("GET", "/v1/route?client=shop&plan=\(plan)", nil)
                #expect(told.body["authority"].text == side, "\(plan): \(told)")
                let begun = try await sandbox.ask(
                    "POST", "/v1/writes/begin?plan=\(plan)", ["ids": ["own"]])
                #expect(begun.body["authority"].text == side, "\(plan): \(begun)")
                let lease = begun.body["lease"]
                let ended = try await sandbox.ask(
                    "POST", "/v1/writes/end?plan=\(plan)",
                    ["leases": [["lease": lease, "outcome": "nothing"]]])
                #expect(ended.body["ends"].items.map(\.text) == ["untouched"], "\(plan): \(ended)")
            }
            let unnamed = try await sandbox.ask("GET", "/v1/route", nil)
            #expect(unnamed.status == 400)
            #expect(unnamed.body["error"]["hint"].text.contains("one, two"), "\(unnamed)")
            let unknown = try await sandbox.ask("GET", "/v1/route?plan=three", nil)
            #expect(unknown.status == 404, "\(unknown)")
        }

        private func moved(
            _ sandbox: Sandbox, _ name: String, authorities: [String: String]
        ) async throws {
            let applied = try await sandbox.apply("\(name).yaml")
            #expect(applied.code == 0, "\(applied.output)\(applied.errors)")
            let plans = try await sandbox.get("/status")["plans"]
            for (plan, side) in authorities.sorted(by: { $0.key < $1.key }) {
                let authority = plans[plan]["gateway"]["route"]["authority"].text
                #expect(authority == side, "\(plan): \(plans[plan])")
            }
        }

        /// How many records it wrote to each, until cancelled; none of them may fail.
        private func load(_ sandbox: Sandbox, _ ids: [String: String]) async throws -> Int {
            var written = 1
            while !Task.isCancelled {
                let record = record(written)
                for name in Self.names {
                    let path = path(ids, name, "add")
                    // What is under way is not cancelled with the load.
                    let added = try await Task.detached {
                        try await sandbox.ask("POST", path, record)
                    }.value
                    #expect(added.status == 201, "\(name): \(added)")
                }
                written += 1
                try? await Task.sleep(for: .milliseconds(20))
            }
            return written
        }

        private func record(_ number: Int) -> JSONValue {
            [
                "ids": [.string("r\(number)")],
                "embeddings": [[.double(Double(number)), 1.0, 0.5]],
                "metadatas": [["n": .int(Int64(number))]],
            ]
        }

        private func path(_ ids: [String: String], _ name: String, _ what: String) -> String {
            "\(Self.collections)/\(ids[name] ?? "")/\(what)"
        }

        private func listed(_ sandbox: Sandbox, port: Int?) async throws -> [String] {
            let list = try await sandbox.ask("GET", Self.collections, nil, port: port).body
            guard case .array(let entries) = list else { return [] }
            return entries.compactMap { $0["name"].text }.sorted()
        }
    }
}
