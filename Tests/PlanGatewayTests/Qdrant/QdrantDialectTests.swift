import Foundation
import HTTPClient
import PlanCore
import PlanGateway
import Testing

/// The dialect over two SQLite files, by its bytes.
@Suite struct QdrantDialectTests {
    private let three = """
        {"points":[{"id":1,"vector":[1,0,0],"payload":{"colour":"red","n":1}},
        {"id":2,"vector":[0,1,0],"payload":{"colour":"blue","n":2}},
        {"id":5,"vector":[0,0,1],"payload":{"colour":"red","n":3,"tags":["x","y"]}}]}
        """

    private func running(_ body: (GatewayBench) async throws -> Void) async throws {
        try await GatewayBench.running(idKind: .int, { $0.speak = .qdrant }) { bench in
            let put = try await bench.ask("PUT", "/collections/items/points?wait=true", three)
            #expect(put.status == 200, "\(put.text)")
            #expect(put.qdrantResult == ["operation_id": 0, "status": "completed"])
            try await body(bench)
        }
    }

    @Test func `a search gives scores, versions and what was asked for`() async throws {
        try await running { bench in
            let answer = try await bench.ask(
                "POST", "/collections/items/points/search",
                "{\"vector\":[3,0,0],\"limit\":1,\"with_payload\":[\"n\"],\"with_vector\":true,"
                    + "\"filter\":{\"must\":[{\"key\":\"colour\",\"match\":{\"value\":\"red\"}}]}}")
            #expect(
                answer.qdrantResult == [
                    [
                        "id": 1, "version": 0, "score": 2.0, "payload": ["n": 1],
                        "vector": [1.0, 0.0, 0.0],
                    ]
                ])
        }
    }

    @Test func `a scroll begins with its offset and says where the next page does`() async throws {
        try await running { bench in
            let path = "/collections/items/points/scroll"
            let bare = "\"with_payload\":false"
            let first = try await bench.ask("POST", path, "{\"limit\":2,\(bare)}")
            #expect(
                first.qdrantResult == ["points": [["id": 1], ["id": 2]], "next_page_offset": 5])
            let second = try await bench.ask(
                "POST", path, "{\"limit\":2,\"offset\":5,\(bare)}")
            #expect(second.qdrantResult == ["points": [["id": 5]], "next_page_offset": nil])
            // Whether the point of an offset is there is nothing to its page.
            let third = try await bench.ask("POST", path, "{\"limit\":1,\"offset\":2,\(bare)}")
            #expect(third.qdrantResult == ["points": [["id": 2]], "next_page_offset": 5])
            let fourth = try await bench.ask("POST", path, "{\"limit\":1,\"offset\":3,\(bare)}")
            #expect(fourth.qdrantResult == ["points": [["id": 5]], "next_page_offset": nil])
        }
    }

    @Test func `overwriting and clearing leave no other field`() async throws {
        try await running { bench in
            try await bench.ask(
                "PUT", "/collections/items/points/payload", "{\"payload\":{\"a\":1},\"points\":[1]}"
            )
            try await bench.ask(
                "POST", "/collections/items/points/payload/clear", "{\"points\":[2]}")
            let found = try await bench.ask(
                "POST", "/collections/items/points", "{\"ids\":[2,1,7]}")
            #expect(
                found.qdrantResult
                    == [["id": 2, "payload": [:]], ["id": 1, "payload": ["a": 1]]])
        }
    }

    @Test func `a batch is read whole before any of it is done`() async throws {
        try await running { bench in
            let refused = try await bench.ask(
                "POST", "/collections/items/points/batch",
                "{\"operations\":[{\"delete\":{\"points\":[1]}},{\"sync\":{}}]}")
            #expect(refused.status == 400)
            let count = try await bench.ask("POST", "/collections/items/points/count", "{}")
            #expect(count.qdrantResult == ["count": 3])
        }
    }

    @Test(arguments: [
        ("DELETE", ""), ("PUT", ""), ("PATCH", ""), ("POST", "/points/new"),
        ("PUT", "/snapshots/recover"), ("POST", "/cluster"), ("DELETE", "/"),
    ])
    func `an unknown write to the collection that moves is refused and counted`(
        method: String, rest: String
    ) async throws {
        try await running { bench in
            let answer = try await bench.ask(method, "/collections/items\(rest)", "{}")
            #expect(answer.status == 400)
            #expect(answer.qdrantError.contains("could change the collection that moves unseen"))
            let page = try await bench.admin("/metrics").text
            #expect(page.contains("refused_write"), "\(page)")
        }
    }

    /// What a server behind might take for another path than the gateway does.
    @Test(arguments: [
        "/collections/other/../items/points", "/collections/other/%2e%2e/items/points",
        "/x/../collections/items/points", "/collections/./items", "/collections/..%5citems",
    ])
    func `a path that winds is refused`(path: String) async throws {
        try await running { bench in
            let answer = try await bench.raw("DELETE \(path)")
            #expect(answer.hasPrefix("HTTP/1.1 400"), "\(answer)")
        }
    }

    @Test(arguments: ["/%63ollections/items", "//collections//items", "/collections/%69tems"])
    func `the collection that moves is known by any spelling`(path: String) async throws {
        try await running { bench in
            let answer = try await bench.raw("DELETE \(path)")
            #expect(answer.contains("could change the collection that moves unseen"), "\(answer)")
        }
    }

    @Test func `errors have Qdrant's statuses and shape`() async throws {
        try await running { bench in
            let path = "/collections/items/points"
            let absent = try await bench.ask("GET", path + "/77")
            #expect(absent.status == 404)
            #expect(absent.qdrantError == "Not found: Point with id 77 does not exists!")
            let broken = try await bench.ask("POST", path + "/scroll", "{")
            #expect(broken.status == 400)
            #expect(broken.qdrantError.hasPrefix("Format error in JSON body: "))
            let short = try await bench.ask(
                "PUT", path, "{\"points\":[{\"id\":1,\"vector\":[1]}]}")
            #expect(short.status == 400)
            #expect(short.qdrantError.hasPrefix("Wrong input: "))
            let other = try await bench.ask("POST", "/collections/none/points/count", "{}")
            #expect(other.status == 404)
            #expect(other.qdrantError == "Not found: Collection `none` doesn't exist!")
            let patch = try await bench.ask(
                "POST", path + "/payload", "{\"payload\":{\"a\":1},\"points\":[1,77]}")
            #expect(patch.status == 404)
            #expect(patch.qdrantError == "Not found: No point with id 77 found")
        }
    }

    @Test func `probes need no token and everything else does`() async throws {
        try await GatewayBench.running(
            idKind: .int, token: "sesame", { $0.speak = .qdrant }
        ) { bench in
            for path in ["/", "/healthz", "/readyz", "/livez"] {
                #expect(try await bench.ask("GET", path).status == 200)
            }
            let without = try await bench.ask("GET", "/collections")
            #expect(without.status == 401)
            #expect(
                without.text == "Must provide an API key or an Authorization bearer token")
            let with = try await bench.ask(
                "GET", "/collections", headers: [("api-key", "sesame")])
            #expect(with.qdrantResult == ["collections": [["name": "items"]]])
        }
    }
}

extension GatewayBench {
    /// A request without a body as it is written: a client would straighten its path.
    fileprivate func raw(_ line: String) async throws -> String {
        let port = server.port
        return try await Task.detached {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(connected == 0)
            let request = "\(line) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            _ = Array(request.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            var answer: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count <= 0 { break }
                answer += buffer.prefix(count)
            }
            return String(decoding: answer, as: UTF8.self)
        }.value
    }
}

extension HTTPClientResponse {
    /// `result` of an answer in Qdrant's envelope.
    fileprivate var qdrantResult: JSONValue {
        guard case .object(let body) = json, body["status"] == "ok", body["time"] != nil else {
            return .string(text)
        }
        return body["result"] ?? .null
    }

    fileprivate var qdrantError: String {
        guard case .object(let body) = json, case .object(let status)? = body["status"],
            case .string(let error)? = status["error"], body["time"] != nil
        else { return "" }
        return error
    }
}
