import HTTPClient
import PlanCore
import PlanGateway
import Testing

@Suite struct NativeRefusalTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var request: String
        var body: String
        var part: String
        var status = 400
        var code = "invalid_request"

        init(
            _ request: String, _ body: String, _ part: String, status: Int = 400,
            code: String = "invalid_request"
        ) {
            self.request = request
            self.body = body
            self.part = part
            self.status = status
            self.code = code
        }

        var testDescription: String { "\(request) \(body.prefix(60))" }
    }

    static let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)

    static let shapes: [Shape] = [
        Shape("PUT /v1/records", "{", "at byte 1", code: "invalid_json"),
        Shape("PUT /v1/records", "", "the body is no JSON", code: "invalid_json"),
        Shape("PUT /v1/records", "[]", "the body is not an object"),
        Shape("PUT /v1/records", "{}", "'records' is missing"),
        Shape("PUT /v1/records", "{\"record\":[]}", "did you mean 'records'?"),
        Shape("PUT /v1/records", "{\"records\":{}}", "'records' is not an array"),
        Shape(
            "PUT /v1/records", "{\"records\":[{\"vector\":[1,2,3]}]}",
            "'records[0].id' is missing"),
        Shape(
            "PUT /v1/records", "{\"records\":[{\"id\":null,\"vector\":[1,2,3]}]}",
            "'records[0].id' is not an id"),
        Shape(
            "PUT /v1/records", "{\"records\":[{\"id\":1.5,\"vector\":[1,2,3]}]}",
            "'records[0].id' is not an id"),
        Shape(
            "PUT /v1/records", "{\"records\":[{\"id\":\"\",\"vector\":[1,2,3]}]}",
            "'records[0].id'"),
        Shape(
            "PUT /v1/records", "{\"records\":[{\"id\":18446744073709551615,\"vector\":[1]}]}",
            "is no id of this collection"),
        Shape(
            "PUT /v1/records", "{\"records\":[{\"id\":1,\"vector\":[1,\"x\",3]}]}",
            "'records[0].vector' is not an array of numbers"),
        Shape(
            "PUT /v1/records", "{\"records\":[{\"id\":1,\"vector\":[1,1e39,3]}]}",
            "within float32"),
        Shape(
            "PUT /v1/records", "{\"records\":[{\"id\":1,\"vector\":[1,2]}]}", "2 entries",
            code: "refused"),
        Shape(
            "PUT /v1/records", "{\"records\":[{\"id\":1}]}", "the vector is missing",
            code: "refused"),
        Shape(
            "PUT /v1/records", "{\"records\":[{\"id\":1,\"id\":2,\"vector\":[1,2,3]}]}",
            "given twice"),
        Shape(
            "PUT /v1/records",
            "{\"records\":[{\"id\":1,\"vector\":[1,2,3],\"payload\":[1]}]}",
            "'records[0].payload' is not an object"),
        Shape(
            "PUT /v1/records",
            "{\"records\":[{\"id\":1,\"vectors\":{\"s\":{\"indices\":[2,1],\"values\":[1,1]}}}]}",
            "do not ascend"),
        Shape(
            "PUT /v1/records",
            "{\"records\":[{\"id\":1,\"vector\":[1,2,3],\"payload\":{\"a\":\(deep)}}]}",
            "deep", code: "invalid_json"),
        Shape(
            "POST /v1/search", "{\"vector\":[1,2,3],\"k\":0}",
            "'k' is not an integer from 1 to 10000"),
        Shape(
            "POST /v1/search", "{\"vector\":[1,2,3],\"k\":10001}",
            "'k' is not an integer from 1 to 10000"),
        Shape(
            "POST /v1/search", "{\"vector\":[1,2,3],\"filter\":{}}",
            "'filter' is not one condition"),
        Shape(
            "POST /v1/search", "{\"vector\":[1,2,3],\"filter\":{\"eqq\":{\"a\":1}}}",
            "did you mean 'eq'?"),
        Shape(
            "POST /v1/search", "{\"vector\":[1,2,3],\"filter\":{\"lt\":{\"a\":\"x\"}}}",
            "'filter.lt.a' is not a number"),
        Shape(
            "POST /v1/search", "{\"vector\":[1,2,3],\"filter\":{\"in\":{\"a\":1}}}",
            "'filter.in.a' is not an array"),
        Shape("POST /v1/search", "{\"vector\":[1,2]}", "", code: "refused"),
        Shape("POST /v1/search", "{\"vector\":[]}", "it is empty"),
        Shape("POST /v1/records/delete", "{}", "either 'ids' or 'filter'"),
        Shape(
            "POST /v1/records/delete", "{\"ids\":[1],\"filter\":{\"exists\":\"a\"}}",
            "either 'ids' or 'filter'"),
        Shape("PATCH /v1/records", "{\"updates\":[{\"id\":1},{\"id\":1}]}", "updated twice"),
        Shape(
            "PATCH /v1/records",
            "{\"updates\":[{\"id\":1,\"set\":{\"a\":1},\"remove\":[\"a\"]}]}",
            "both sets and removes 'a'"),
        Shape("POST /v1/scan", "{\"cursor\":{}}", "'cursor' is not an id"),
        Shape("POST /v1/nothing", "{}", "is not here", status: 404, code: "not_found"),
        Shape(
            "DELETE /v1/records", "", "takes PATCH, PUT", status: 405,
            code: "method_not_allowed"),
    ]

    @Test(arguments: shapes)
    func `a request that cannot be meant is refused by name`(_ shape: Shape) async throws {
        try await GatewayBench.running { bench in
            let parts = shape.request.split(separator: " ").map(String.init)
            let answer = try await bench.ask(parts[0], parts[1], shape.body)
            #expect(answer.status == shape.status)
            #expect(answer.errorCode == shape.code, "\(answer.text)")
            #expect(answer.text.contains(shape.part), "\(answer.text)")
        }
    }

    @Test func `a body over the limit is refused in the dialect's shape`() async throws {
        try await GatewayBench.running({ $0.limits.body = 1_000 }) { bench in
            let long = "{\"records\":[" + String(repeating: " ", count: 2_000) + "]}"
            let answer = try await bench.ask("PUT", "/v1/records", long)
            #expect(answer.status == 413)
            #expect(answer.errorCode == "too_large")
        }
    }

    @Test func `a web page's form is not taken for a request`() async throws {
        try await GatewayBench.running { bench in
            let url = "http://127.0.0.1:\(bench.server.port)/v1/records/delete"
            let answer = try await bench.client.request(
                "POST", url,
                headers: [("Content-Type", "text/plain"), ("Origin", "http://evil.example")],
                body: Array("{\"ids\":[1]}".utf8))
            #expect(answer.status == 415)
            #expect(answer.errorCode == "unsupported_media_type")
        }
    }

    @Test func `a name that leads here by rebinding is refused`() async throws {
        try await GatewayBench.running { bench in
            let evil = try await bench.ask(
                "GET", "/v1/count", headers: [("Host", "evil.example:6333")])
            #expect(evil.status == 403)
            for host in ["localhost:6333", "127.0.0.1", "[::1]:6333"] {
                let good = try await bench.ask("GET", "/v1/count", headers: [("Host", host)])
                #expect(good.status == 200, "\(host)")
            }
        }
    }
}
