import HTTPClient
import PlanCore
import PlanSync
import Testing

/// What applications ask that go to the stores themselves, before there is a run.
@Suite struct DirectDialectTests {
    private func tagged(_ epoch: Int) -> [(name: String, value: String)] {
        [(name: "If-None-Match", value: "\"\(epoch)\"")]
    }

    @Test func `the route is told with its epoch as the tag, and not again to who has it`()
        async throws
    {
        try await GatewayBench.running { bench in
            let told = try await bench.ask("GET", "/v1/route?client=shop-1")
            #expect(
                told.text
                    == "{\"epoch\":0,\"authority\":\"source\",\"follower\":null,"
                    + "\"acknowledge\":\"authority\",\"writes\":\"open\","
                    + "\"reads\":\"authority\",\"weight\":0,\"mirror\":0,\"valid_ms\":1000}")
            #expect(told.header("etag") == "\"0\"")
            let again = try await bench.ask(
                "GET", "/v1/route?client=shop-1&wait_ms=1", headers: tagged(0))
            #expect(again.status == 304 && again.header("etag") == "\"0\"")
            let other = try await bench.ask(
                "GET", "/v1/route?client=shop-1&wait_ms=1", headers: tagged(7))
            #expect(other.status == 200)
        }
    }

    @Test func `who gives no name is told the route and waited for by nobody`() async throws {
        try await GatewayBench.running { bench in
            let told = try await bench.ask("GET", "/v1/route")
            #expect(told.text.hasSuffix("\"valid_ms\":null}"))
            #expect(bench.plane.inFlight == 0)
            try await bench.ask("GET", "/v1/route?client=shop-1")
            #expect(bench.plane.inFlight == 1)
        }
    }

    @Test func `the route comes as an event to who asks for a stream`() async throws {
        try await GatewayBench.running { bench in
            let stream = [(name: "Accept", value: "text/event-stream")]
            let told = try await bench.ask("GET", "/v1/route?client=page", headers: stream)
            #expect(told.header("content-type") == "text/event-stream")
            #expect(told.text.hasPrefix("retry: 1\nid: 0\nevent: route\ndata: {\"epoch\":0,"))
            #expect(told.text.hasSuffix("}\n\n"))
            let still = try await bench.ask(
                "GET", "/v1/route?client=page&wait_ms=1",
                headers: stream + [(name: "Last-Event-ID", value: "0")])
            #expect(still.text == "retry: 1\n: 0 still\n\n")
        }
    }

    @Test func `a write is begun and ended`() async throws {
        try await GatewayBench.running { bench in
            let begun = try await bench.ask("POST", "/v1/writes/begin", "{\"ids\":[1,\"b\",1]}")
            #expect(begun.status == 200)
            #expect(begun.text.contains("\"authority\":\"source\",\"follower\":null"))
            let lease = begun.text.split(separator: "\"")[3]
            #expect(bench.plane.inFlight == 1)
            let end = "{\"leases\":[{\"lease\":\"\(lease)\",\"outcome\":\"written\"}]}"
            #expect(
                try await bench.ask("POST", "/v1/writes/end", end).text
                    == "{\"ends\":[\"settled\"]}")
            #expect(
                try await bench.ask("POST", "/v1/writes/end", end).text == "{\"ends\":[\"lapsed\"]}"
            )
            #expect(bench.plane.inFlight == 0)
        }
    }

    @Test func `reads by id are placed, and what was seen is counted`() async throws {
        try await GatewayBench.running { bench in
            let placed = try await bench.ask("POST", "/v1/reads", "{\"ids\":[1,\"b\"]}")
            #expect(placed.text == "{\"source\":[1,\"b\"],\"target\":[]}")
            let seen = """
                {"searches":[{"query":{"vector":[1,0,0],"k":2},
                "authority":[{"id":1,"distance":0.5}],"authority_ms":1.5,
                "follower":[{"id":1,"distance":0.5}],"follower_ms":2}],
                "calls":[{"operation":"get","side":"source","ms":0.7,"failed":true}]}
                """
            let counted = try await bench.ask("POST", "/v1/observations", seen)
            #expect(counted.text == "{\"searches\":1,\"calls\":1}")
            #expect(bench.plane.recorder.totals.failures["get.source"] == 1)
        }
    }

    @Test(arguments: [
        ("GET", "/v1/route?client=a%20b", "", 400, "'client' is no name"),
        ("GET", "/v1/route?wait_ms=-1", "", 400, "'wait_ms' is not an integer"),
        ("GET", "/v1/route?clint=a", "", 400, "'clint' is not known"),
        ("POST", "/v1/route", "{}", 405, "takes GET"),
        ("POST", "/v1/writes/begin", "{\"ids\":[]}", 400, "'ids' is empty"),
        (
            "POST", "/v1/writes/end", "{\"leases\":[{\"lease\":\"x\",\"outcome\":\"done\"}]}", 400,
            "one of written, follower_failed, nothing, unknown"
        ),
        (
            "POST", "/v1/observations", "{\"calls\":[{\"operation\":\"get\",\"side\":\"old\"}]}",
            400, "neither 'source' nor 'target'"
        ),
        (
            "POST", "/v1/observations",
            "{\"calls\":[{\"operation\":\"get\",\"side\":\"source\",\"ms\":-1}]}", 400,
            "'calls[0].ms' is not a time"
        ),
    ])
    func `what is wrong with a request is said`(
        method: String, path: String, body: String, status: Int, message: String
    ) async throws {
        try await GatewayBench.running { bench in
            let answer = try await bench.ask(method, path, body)
            #expect(answer.status == status && answer.text.contains(message), "\(answer.text)")
        }
    }

    @Test func `nobody without the token is told the route`() async throws {
        try await GatewayBench.running(token: "secret") { bench in
            let refused = try await bench.ask("GET", "/v1/route")
            let told = try await bench.ask("GET", "/v1/route", token: "secret")
            #expect(refused.status == 401 && told.status == 200)
        }
    }
}
