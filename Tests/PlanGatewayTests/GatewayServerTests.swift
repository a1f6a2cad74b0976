import HTTPClient
import HTTPServer
import JSON
import PlanCore
import PlanGateway
import PlanStores
import PlanSync
import TestServers
import Testing

@Suite struct GatewayServerTests {
    @Test func `requests without the token are turned away`() async throws {
        try await GatewayBench.running(token: "correct horse") { bench in
            let without = try await bench.ask("GET", "/v1/count")
            #expect(without.status == 401)
            #expect(without.errorCode == "unauthorized")
            #expect(without.header("www-authenticate") == "Bearer")
            #expect(try await bench.ask("GET", "/v1/count", token: "wrong").status == 401)
            #expect(try await bench.ask("GET", "/v1/count", token: "correct horse").status == 200)
            let key = try await bench.ask(
                "GET", "/v1/count", headers: [("api-key", "correct horse")])
            #expect(key.status == 200)
        }
    }

    /// What is announced would count as under way until its time is up.
    @Test func `who has no token announces no body, to a probe neither`() async throws {
        try await GatewayBench.running(token: "correct horse") { bench async throws in
            for path in ["/openapi.json", "/v1/count", "/v1/search"] {
                let answer = await RawClient.talk(
                    port: bench.server.port,
                    ["GET \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 33554432\r\n\r\n"])
                #expect([400, 401, 405].contains(answer.status), "\(path): \(answer)")
            }
            #expect(try await bench.ask("GET", "/openapi.json").status == 200)
        }
    }

    @Test func `the admin's pages have a token of their own, and probes need none`() async throws {
        try await GatewayBench.running(token: "app", adminToken: "ops") { bench async throws in
            #expect(try await bench.admin("/healthz").text == "ok\n")
            #expect(try await bench.admin("/readyz").text == "ready\n")
            #expect(try await bench.admin("/metrics").status == 401)
            #expect(try await bench.admin("/status", token: "app").status == 401)
            #expect(try await bench.admin("/status", token: "ops").status == 200)
            #expect(try await bench.admin("/nothing").status == 404)
            #expect(try await bench.admin("/metrics", method: "POST").status == 405)
        }
    }

    @Test func `a gateway that still joins its run is not ready`() async throws {
        try await GatewayBench.running { bench in
            bench.plane.refuseUntilJoined()
            let joining = try await bench.admin("/readyz")
            #expect(joining.status == 503)
            #expect(joining.text.contains("still joining"))
            #expect(try await bench.admin("/healthz").status == 200)
            try await bench.attached { _ async throws in
                #expect(try await bench.admin("/readyz").status == 200)
            }
        }
    }

    @Test func `a gateway that will stop says so while it still takes requests`() async throws {
        try await GatewayBench.running { settings in
            settings.limits.drainDelay = .seconds(8)
        } _: { bench in
            let end = Task { await bench.server.stop() }
            var answer = try await bench.admin("/readyz")
            while answer.status == 200 { answer = try await bench.admin("/readyz") }
            #expect(answer.status == 503 && answer.text == "draining\n")
            #expect(try await bench.ask("GET", "/v1/count").status == 200)
            #expect(await end.value)
            await #expect(throws: HTTPClientError.self) { try await bench.ask("GET", "/v1/count") }
        }
    }

    @Test func `metrics count what was asked, by operation and outcome`() async throws {
        try await GatewayBench.running { bench in
            try await bench.attached { _ in
                for _ in 0..<3 { try await bench.ask("GET", "/v1/count") }
                try await bench.ask("POST", "/v1/search", "{}")
                let text = try await bench.admin("/metrics").text
                let lines = Set(text.split(separator: "\n").map(String.init))
                #expect(
                    lines.contains("crossfade_requests_total{operation=\"count\",code=\"200\"} 3"))
                #expect(
                    lines.contains("crossfade_requests_total{operation=\"search\",code=\"400\"} 1"))
                #expect(
                    lines.contains(
                        "crossfade_store_requests_total"
                            + "{operation=\"count\",side=\"source\",outcome=\"ok\"} 3"))
                #expect(lines.contains("crossfade_attached 1"))
                #expect(lines.contains("crossfade_repair_backlog 0"))
                #expect(
                    lines.contains(
                        "crossfade_request_duration_seconds_count{operation=\"count\"} 3"))
                for line in lines where !line.hasPrefix("#") {
                    #expect(
                        line.split(separator: " ").last.flatMap { Double($0) } != nil, "\(line)")
                }
            }
        }
    }

    @Test func `status tells the gateway's own standing`() async throws {
        try await GatewayBench.running { bench in
            let before = try await bench.admin("/status")
            #expect(before.text.contains("\"state\":\"passing_through\""))
            try await bench.attached { _ in
                let during = try await bench.admin("/status")
                #expect(during.text.contains("\"state\":\"attached\""))
                #expect(during.text.contains("\"repairs\":0"))
            }
        }
    }

    @Test func `under dual writes a record is in both stores`() async throws {
        try await GatewayBench.running { bench in
            try await bench.attached { executor in
                try await Flips(session: executor, expected: 1).beginDualWrites()
                let put = try await bench.ask(
                    "PUT", "/v1/records", "{\"records\":[{\"id\":\"x\",\"vector\":[1,2,3]}]}")
                #expect(put.status == 200)
                #expect(try await bench.source.count() == 1)
                while try await bench.target.count() == 0 {
                    try await Task.sleep(for: .milliseconds(2))
                }
                let event = bench.sink.lines.contains { $0.contains("\"event\":\"listening\"") }
                #expect(event)
            }
        }
    }

    @Test func `held writes are told to come back, and reads go on`() async throws {
        try await GatewayBench.running { bench in
            try await bench.attached(writePauseMax: .milliseconds(50)) { executor in
                var route = try await executor.refresh()
                route.epoch += 1
                route.follower = .target
                route.hold = Hold(stage: .holding, weightBefore: 0, budget: .seconds(60))
                let held = route
                try await executor.ledger.write(.durable) { try $0.setRoute(held) }
                while bench.plane.route.epoch < held.epoch {
                    try await Task.sleep(for: .milliseconds(2))
                }
                let put = try await bench.ask(
                    "PUT", "/v1/records", "{\"records\":[{\"id\":\"x\",\"vector\":[1,2,3]}]}")
                #expect(put.status == 503)
                #expect(put.errorCode == "writes_held")
                #expect(put.header("retry-after") == "1")
                #expect(try await bench.source.count() == 0)
                #expect(try await bench.ask("GET", "/v1/count").status == 200)
            }
        }
    }

    @Test func `neither log nor metrics nor status hold the token or a payload`() async throws {
        try await GatewayBench.running(token: "canary-token") { bench in
            let record =
                "{\"records\":[{\"id\":\"x\",\"vector\":[1,2,3],"
                + "\"payload\":{\"secret\":\"canary-payload\"}}]}"
            try await bench.ask("PUT", "/v1/records", record, token: "canary-token")
            try await bench.ask("PUT", "/v1/records", record, token: "canary-wrong")
            await bench.source.close()
            try await bench.source.drop()
            let failed = try await bench.ask("PUT", "/v1/records", record, token: "canary-token")
            #expect(failed.status >= 500)
            let told = [
                try await bench.admin("/metrics").text, try await bench.admin("/status").text,
                failed.text,
            ]
            #expect(bench.sink.lines.contains { $0.contains("request_failed") })
            for text in told + bench.sink.lines { #expect(!text.contains("canary")) }
            for line in bench.sink.lines { #expect((try? JSON.parse(line)) != nil) }
        }
    }

    static let unsafe: [(listen: String, admin: String, part: String)] = [
        ("0.0.0.0", "127.0.0.1", "without a token"),
        ("127.0.0.1", "0.0.0.0", "has no token"),
    ]

    @Test(arguments: unsafe)
    func `an address that others reach needs a token`(
        _ shape: (listen: String, admin: String, part: String)
    ) async throws {
        let error = await #expect(throws: Diagnostic.self) {
            try await GatewayBench.running({ settings in
                settings.listen = HostPort(host: shape.listen, port: 0)
                settings.admin = HostPort(host: shape.admin, port: 0)
            }) { _ in }
        }
        #expect(error?.message.contains(shape.part) == true)
    }

    @Test func `an address that others reach needs TLS or leave to do without`() async throws {
        let error = await #expect(throws: Diagnostic.self) {
            try await GatewayBench.running(
                token: "t",
                { settings in
                    settings.listen = HostPort(host: "0.0.0.0", port: 0)
                }
            ) { _ in }
        }
        #expect(error?.message.contains("without TLS") == true)
        try await GatewayBench.running(
            token: "t",
            { settings in
                settings.listen = HostPort(host: "0.0.0.0", port: 0)
                settings.allowPlaintext = true
            }
        ) { bench async throws in
            #expect(try await bench.ask("GET", "/v1/count", token: "t").status == 200)
        }
    }
}
