import Foundation
import HTTPClient
import JSON
import PlanCore
import PlanStores
import TestServers
import Testing

/// The whole way in and out: services with the real `qdrant-client`, under load all the time, go to
/// the old server, through the gateway, and to the new one, as their own configuration tells them.
extension BlackBox {
    @Suite(.serialized)
    struct AttachedServiceTests {
        private static let limits = "deadline: 5s, quarantine: 5s"

        fileprivate struct Shop {
            let name: String
            let config: String
            let port: Int
            let program: Program
        }

        /// One of them reads its configuration again on a signal, the other on a call.
        @Test func `two services go in and out of the gateway and no request fails`() async throws {
            let (old, new) = (try RESTServer(.qdrant), try RESTServer(.qdrant))
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await fill(old)
            try sandbox.write("# ours\nsearch:\n  address: \(old.address)\n", to: "a.yaml")
            try sandbox.write("{\"search\": {\"address\": \"\(old.address)\"}}", to: "b.json")
            try await sandbox.install(client: "qdrant-client")
            let a = try await sandbox.startShop("a", config: "a.yaml", port: sandbox.port + 1)
            let b = try await sandbox.startShop("b", config: "b.json", port: sandbox.port + 2)
            let shops = [a, b]
            try await expectCalls(shops, at: old.address)
            try sandbox.write(plan(sandbox, old, new, shops), to: "plan.yaml")

            let gateway = try await sandbox.startGateway()
            let attached = try await sandbox.apply("--until", "attach")
            #expect(attached.code == 0, "\(attached.output)\(attached.errors)")
            try await expectCalls(shops, at: "127.0.0.1:\(sandbox.port)")
            let moved = try await sandbox.apply()
            #expect(moved.code == 0, "\(moved.output)\(moved.errors)")
            try await expectCalls(shops, at: new.address)
            // Nobody needs them any more.
            gateway.kill(SIGTERM)
            #expect(try await gateway.finish(within: 30).code == 0)
            old.stop()
            try await expectCalls(shops, at: new.address)
            try await expectNothingWrong(shops)
        }

        /// They read from an endpoint of their own and write through the gateway: the cutover tells
        /// them where to read from then on, and its undoing tells them back.
        @Test func `two services that read by themselves are told by the cutover under load`()
            async throws
        {
            let (old, new) = (try RESTServer(.qdrant), try RESTServer(.qdrant))
            let sandbox = try Sandbox()
            defer { sandbox.end() }
            try await fill(old)
            let writes = "127.0.0.1:\(sandbox.port)"
            try sandbox.write(
                "search:\n  address: \(old.address)\n  writes: \(writes)\n", to: "a.yaml")
            try sandbox.write(
                "{\"search\": {\"address\": \"\(old.address)\", \"writes\": \"\(writes)\"}}",
                to: "b.json")
            try await sandbox.install(client: "qdrant-client")
            var plan = base(old, new)
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            _ = try await sandbox.startGateway()
            let a = try await sandbox.startShop("a", config: "a.yaml", port: sandbox.port + 1)
            let b = try await sandbox.startShop("b", config: "b.json", port: sandbox.port + 2)
            let shops = [a, b]
            // Reads that never come to the gateway cannot be mirrored, nor moved by weight.
            plan.steps =
                PlanText.untilSoak.prefix(4) + [
                    "cutover: {steps: [], "
                        + "config: \(configs(shops, new.address, confirmedFrom: old.address))}"
                ]
            try sandbox.write(
                plan.text(port: sandbox.port, admin: sandbox.admin), to: "plan.yaml")
            try await expectCalls(shops, at: old.address)
            let moved = try await sandbox.apply()
            #expect(moved.code == 0, "\(moved.output)\(moved.errors)")
            try await expectCalls(shops, at: new.address)
            let back = try await sandbox.run("plan", "rollback", "plan.yaml")
            #expect(back.code == 5, "\(back.output)\(back.errors)")
            try await expectCalls(shops, at: old.address)
            try await expectNothingWrong(shops)
        }

        private func expectNothingWrong(_ shops: [Shop]) async throws {
            for shop in shops {
                shop.program.kill(SIGTERM)
                let ended = try await shop.program.finish(within: 30)
                let seen = try JSON.parse(ended.output)
                print("shop \(shop.name): \(ended.output)", terminator: "")
                #expect(
                    seen["failed"] == 0 && seen["stale"] == 0 && seen["lost"] == 0, "\(seen)")
                #expect(seen["calls"].names.count == 3, "\(seen)")
            }
        }

        private func plan(
            _ sandbox: Sandbox, _ old: RESTServer, _ new: RESTServer, _ shops: [Shop]
        ) -> String {
            var plan = base(old, new)
            let gateway = configs(shops, "127.0.0.1:\(sandbox.port)")
            plan.steps =
                ["create_target", "attach: {config: \(gateway)}"]
                + PlanText.untilSoak.dropFirst()
                + ["detach: {idle: 2s, config: \(configs(shops, new.address))}"]
            return plan.text(port: sandbox.port, admin: sandbox.admin)
        }

        private func base(_ old: RESTServer, _ new: RESTServer) -> PlanText {
            func endpoint(_ server: RESTServer) -> String {
                "{store: qdrant, url: \"\(server.url)\", collection: things, \(Self.limits)}"
            }
            var plan = PlanText()
            (plan.source, plan.target) = (endpoint(old), endpoint(new))
            plan.speak = "qdrant"
            return plan
        }

        /// Where the shops are to go from now on, and how each is told.
        private func configs(
            _ shops: [Shop], _ address: String, confirmedFrom old: String? = nil
        ) -> String {
            let reloads = [
                "{signal: HUP, pid_file: a.pid}",
                "{http: \"POST http://127.0.0.1:\(shops[1].port)/reload\"}",
            ]
            let changes = zip(shops, reloads).map { shop, reload in
                let uses = "GET http://127.0.0.1:\(shop.port)/uses/"
                let confirm = old.map {
                    ", confirm: {http: \"\(uses)\(address)\", timeout: 10s, "
                        + "restored: {http: \"\(uses)\($0)\"}}"
                }
                return "{file: \(shop.config), set: {search.address: \"\(address)\"}, "
                    + "reload: \(reload)\(confirm ?? "")}"
            }
            return "[\(changes.joined(separator: ", "))]"
        }

        private func fill(_ server: RESTServer) async throws {
            let store = QdrantStore(
                configuration: QdrantStoreConfiguration(
                    url: Secret(server.url), collection: "things"))
            try await store.create(
                CollectionDescription(
                    name: "things", idKind: .int,
                    vectors: [VectorSpec(dimension: 16, distance: .cosine)]))
            var draws = SystemRandomNumberGenerator()
            try await store.upsert(
                (1...400).map { id in
                    Record(
                        id: .int(id),
                        vector: (0..<16).map { _ in Float.random(in: -1...1, using: &draws) },
                        payload: ["version": 0])
                })
            await store.close()
        }

        /// Until each has made a fair number of calls there, from now on.
        private func expectCalls(_ shops: [Shop], at address: String) async throws {
            for shop in shops {
                let before = try await calls(shop, address)
                let end = Date().addingTimeInterval(30 * Program.patience)
                while try await calls(shop, address) < before + 30 {
                    guard Date() < end, shop.program.isRunning else {
                        throw Sandbox.Trouble("\(shop.name) does not call \(address)")
                    }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }

        private static let http = HTTPClient()

        private func calls(_ shop: Shop, _ address: String) async throws -> Double {
            let url = "http://127.0.0.1:\(shop.port)/seen"
            let answer = try await Self.http.request("GET", url)
            let seen = try JSON.parse(String(decoding: answer.body, as: UTF8.self))
            return seen["calls"][address].number ?? 0
        }
    }
}

extension RESTServer {
    fileprivate var address: String { "127.0.0.1:\(port)" }
}

extension Sandbox {
    fileprivate func startShop(
        _ name: String, config: String, port: Int
    ) async throws -> BlackBox.AttachedServiceTests.Shop {
        let program = try start(
            "/bin/bash", Sandbox.servers, "python", "qdrant-client", Sandbox.support("shop.py"),
            config, name, String(port), "things")
        try await wait(for: "\(name).pid", program)
        return .init(name: name, config: config, port: port, program: program)
    }
}
