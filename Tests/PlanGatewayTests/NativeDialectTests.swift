import HTTPClient
import PlanCore
import Testing

@Suite struct NativeDialectTests {
    private let three = """
        {"records":[{"id":1,"vector":[1,0,0],"payload":{"colour":"red","n":1}},
        {"id":"b","vector":[0,1,0],"payload":{"colour":"blue","n":2}},
        {"id":3,"vectors":{"":[0,0,1]},"payload":{"colour":"red","n":3,"tags":["x"]}}]}
        """

    @Test func `what is put can be got, counted, searched and scanned`() async throws {
        try await GatewayBench.running { bench in
            let put = try await bench.ask("PUT", "/v1/records", three)
            #expect(put.status == 200)
            #expect(put.text == "{\"count\":3}")
            #expect(try await bench.ask("GET", "/v1/count").text == "{\"count\":3}")

            let got = try await bench.ask("POST", "/v1/records/get", "{\"ids\":[\"b\",9,1,\"b\"]}")
            #expect(
                got.text
                    == "{\"records\":[{\"id\":\"b\",\"vector\":[0.0,1.0,0.0],"
                    + "\"payload\":{\"colour\":\"blue\",\"n\":2}},"
                    + "{\"id\":1,\"vector\":[1.0,0.0,0.0],"
                    + "\"payload\":{\"colour\":\"red\",\"n\":1}}]}")

            let hits = try await bench.ask(
                "POST", "/v1/search",
                "{\"vector\":[3,0,0],\"k\":1,\"filter\":{\"eq\":{\"colour\":\"red\"}},"
                    + "\"with_payload\":false}")
            #expect(hits.text == "{\"hits\":[{\"id\":1,\"distance\":2.0}]}")
        }
    }

    @Test func `a scan goes through all pages once, in order`() async throws {
        try await GatewayBench.running { bench in
            try await bench.ask("PUT", "/v1/records", three)
            let options = "\"limit\":2,\"with_vectors\":false,\"with_payload\":false"
            let first = try await bench.ask("POST", "/v1/scan", "{\(options)}")
            #expect(first.text == "{\"records\":[{\"id\":1},{\"id\":3}],\"next\":3}")
            let second = try await bench.ask("POST", "/v1/scan", "{\(options),\"cursor\":3}")
            #expect(second.text == "{\"records\":[{\"id\":\"b\"}],\"next\":null}")
        }
    }

    @Test func `an update changes what it names and tells what is missing`() async throws {
        try await GatewayBench.running { bench in
            try await bench.ask("PUT", "/v1/records", three)
            let answer = try await bench.ask(
                "PATCH", "/v1/records",
                "{\"updates\":[{\"id\":1,\"set\":{\"n\":null},\"remove\":[\"colour\"]},"
                    + "{\"id\":\"none\",\"set\":{\"n\":1}}]}")
            #expect(answer.text == "{\"count\":1,\"missing\":[\"none\"]}")
            let got = try await bench.ask(
                "POST", "/v1/records/get", "{\"ids\":[1],\"with_vectors\":false}")
            #expect(got.text == "{\"records\":[{\"id\":1,\"payload\":{\"n\":null}}]}")
        }
    }

    @Test func `a delete takes ids or a filter`() async throws {
        try await GatewayBench.running { bench in
            try await bench.ask("PUT", "/v1/records", three)
            let byID = try await bench.ask("POST", "/v1/records/delete", "{\"ids\":[\"b\",77]}")
            #expect(byID.text == "{\"deleted\":null}")
            let byFilter = try await bench.ask(
                "POST", "/v1/records/delete", "{\"filter\":{\"gte\":{\"n\":2}}}")
            #expect(byFilter.text == "{\"deleted\":1}")
            #expect(try await bench.ask("GET", "/v1/count").text == "{\"count\":1}")
        }
    }

    @Test func `a number beyond 64 bits in a payload comes back as it went in`() async throws {
        try await GatewayBench.running { bench in
            let big = "123456789012345678901234567890"
            try await bench.ask(
                "PUT", "/v1/records",
                "{\"records\":[{\"id\":1,\"vector\":[1,2.5,3],\"payload\":{\"n\":\(big)}}]}")
            let got = try await bench.ask("POST", "/v1/records/get", "{\"ids\":[1]}")
            #expect(
                got.text
                    == "{\"records\":[{\"id\":1,\"vector\":[1.0,2.5,3.0],\"payload\":{\"n\":\(big)}}]}"
            )
        }
    }

    static let filters: [(filter: String, ids: String)] = [
        ("{\"eq\":{\"colour\":\"red\"}}", "1,3"),
        ("{\"ne\":{\"colour\":\"red\"}}", "\"b\""),
        ("{\"in\":{\"n\":[1,2]}}", "1,\"b\""),
        ("{\"lt\":{\"n\":2}}", "1"),
        ("{\"lte\":{\"n\":2}}", "1,\"b\""),
        ("{\"gt\":{\"n\":2}}", "3"),
        ("{\"gte\":{\"n\":2}}", "3,\"b\""),
        ("{\"exists\":\"tags\"}", "3"),
        ("{\"contains\":{\"tags\":\"x\"}}", "3"),
        ("{\"has_id\":[\"b\",1]}", "1,\"b\""),
        ("{\"not\":{\"has_id\":[1]}}", "3,\"b\""),
        ("{\"and\":[{\"eq\":{\"colour\":\"red\"}},{\"gt\":{\"n\":1}}]}", "3"),
        ("{\"or\":[{\"eq\":{\"n\":2}},{\"eq\":{\"n\":3}}]}", "3,\"b\""),
    ]

    @Test(arguments: filters)
    func `a filter selects what it says`(_ shape: (filter: String, ids: String)) async throws {
        try await GatewayBench.running { bench in
            try await bench.ask("PUT", "/v1/records", three)
            let page = try await bench.ask(
                "POST", "/v1/scan",
                "{\"filter\":\(shape.filter),\"with_vectors\":false,\"with_payload\":false}")
            let records = shape.ids.split(separator: ",").map { "{\"id\":\($0)}" }
            #expect(
                page.text == "{\"records\":[\(records.joined(separator: ","))],\"next\":null}")
        }
    }

    @Test func `ids take the collection's own spelling`() async throws {
        try await GatewayBench.running(idKind: .uuid) { bench in
            let upper = "8D8AC610-566D-4EF0-9C22-186B2A5ED793"
            let put = try await bench.ask(
                "PUT", "/v1/records", "{\"records\":[{\"id\":\"\(upper)\",\"vector\":[1,2,3]}]}")
            #expect(put.status == 200)
            let got = try await bench.ask(
                "POST", "/v1/records/get",
                "{\"ids\":[\"\(upper.lowercased())\"],\"with_vectors\":false,"
                    + "\"with_payload\":false}")
            #expect(got.text == "{\"records\":[{\"id\":\"\(upper.lowercased())\"}]}")
            let integer = try await bench.ask("POST", "/v1/records/get", "{\"ids\":[7]}")
            #expect(integer.status == 400)
            #expect(integer.text.contains("its ids are UUIDs"))
        }
    }

    @Test func `the document names every route and is JSON`() async throws {
        try await GatewayBench.running(token: "t0ken") { bench in
            let document = try await bench.ask("GET", "/openapi.json")
            #expect(document.status == 200)
            guard case .object(let root) = document.json, case .object(let paths)? = root["paths"]
            else {
                Issue.record("the document is no JSON object with paths")
                return
            }
            #expect(
                paths.keys.sorted() == [
                    "/v1/count", "/v1/observations", "/v1/reads", "/v1/records",
                    "/v1/records/delete", "/v1/records/get", "/v1/route", "/v1/scan",
                    "/v1/search", "/v1/writes/begin", "/v1/writes/end",
                ])
        }
    }
}
