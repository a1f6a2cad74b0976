import Foundation
import HTTPClient
import PlanCore
import PlanGateway
import Testing

/// The dialect over two SQLite files, by its bytes.
@Suite struct ChromaDialectTests {
    private static let database = "/api/v2/tenants/default_tenant/databases/default_database"

    /// - Parameter path: of the collection, by its id.
    private func running(
        _ body: (_ bench: GatewayBench, _ path: String) async throws -> Void
    ) async throws {
        try await GatewayBench.running(idKind: .text, { $0.speak = .chroma }) { bench in
            let path = Self.database + "/collections/" + (try await Self.id(bench))
            let added = try await bench.ask(
                "POST", path + "/add",
                "{\"ids\":[\"a\",\"b\"],\"embeddings\":[[1,0,0],[0,2,0]],"
                    + "\"metadatas\":[{\"n\":1,\"x\":\"y\"},null],\"documents\":[\"text\",null]}")
            #expect(added.status == 201, "\(added.text)")
            #expect(added.json == [:])
            try await body(bench, path)
        }
    }

    private static func id(_ bench: GatewayBench) async throws -> String {
        let found = try await bench.ask("GET", database + "/collections/items")
        guard case .object(let model) = found.json, case .string(let id)? = model["id"] else {
            throw Absent()
        }
        return id
    }

    private struct Absent: Error {}

    @Test func `a query gives a column for each part that was asked for`() async throws {
        try await running { bench, path in
            let answer = try await bench.ask(
                "POST", path + "/query",
                "{\"query_embeddings\":[[0,0,0]],\"n_results\":2,"
                    + "\"include\":[\"distances\",\"documents\",\"metadatas\"]}")
            #expect(
                answer.json == [
                    "ids": [["a", "b"]], "embeddings": nil, "documents": [["text", nil]],
                    "uris": nil, "metadatas": [[["n": 1, "x": "y"], nil]],
                    "distances": [[1.0, 4.0]], "include": ["distances", "documents", "metadatas"],
                ])
        }
    }

    @Test func `an add changes nothing that is there, an upsert merges`() async throws {
        try await running { bench, path in
            try await bench.ask(
                "POST", path + "/add",
                "{\"ids\":[\"a\",\"c\",\"c\"],\"embeddings\":[[9,9,9],[1,1,1],[2,2,2]],"
                    + "\"metadatas\":[{\"n\":9},{\"n\":3},{\"n\":4}]}")
            try await bench.ask(
                "POST", path + "/upsert",
                "{\"ids\":[\"a\",\"d\"],\"embeddings\":[[3,0,0],[4,0,0]],"
                    + "\"metadatas\":[{\"x\":null,\"z\":true},{\"q\":null}]}")
            let found = try await bench.ask(
                "POST", path + "/get",
                "{\"include\":[\"metadatas\",\"documents\",\"embeddings\"]}")
            #expect(
                found.json == [
                    "ids": ["a", "b", "c", "d"],
                    "embeddings": [
                        [3.0, 0.0, 0.0], [0.0, 2.0, 0.0], [1.0, 1.0, 1.0], [4.0, 0.0, 0.0],
                    ], "documents": ["text", nil, nil, nil], "uris": nil,
                    "metadatas": [["n": 1, "z": true], nil, ["n": 3], nil],
                    "include": ["metadatas", "documents", "embeddings"],
                ])
        }
    }

    @Test func `a delete says how many as Chroma counts them`() async throws {
        try await running { bench, path in
            let delete = path + "/delete"
            let matching = try await bench.ask("POST", delete, "{\"where\":{\"n\":{\"$gt\":0}}}")
            #expect(matching.json == ["deleted": 1])
            let named = try await bench.ask("POST", delete, "{\"ids\":[\"b\",\"nobody\"]}")
            #expect(named.json == ["deleted": 2])
            let nothing = try await bench.ask("POST", delete, "{}")
            #expect(nothing.json == ["deleted": 0])
            #expect(try await bench.ask("GET", path + "/count").json == 0)
        }
    }

    @Test func `an update of an absent id is passed over`() async throws {
        try await running { bench, path in
            let answer = try await bench.ask(
                "POST", path + "/update", "{\"ids\":[\"nobody\"],\"metadatas\":[{\"n\":1}]}")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try await bench.ask("GET", path + "/count").json == 2)
        }
    }

    /// By its id in any spelling that a server takes, in whatever database the path names.
    @Test func `the collection that moves is known by any spelling of its id`() async throws {
        try await running { bench, path in
            let id = try #require(path.split(separator: "/").last)
            let spellings = [
                id.uppercased(), id.replacing("-", with: ""), "%7B\(id)%7D", "urn:uuid:\(id)",
            ]
            for spelling in spellings {
                for database in [Self.database, "/api/v2/tenants/others/databases/others"] {
                    let answer = try await bench.ask(
                        "GET", "\(database)/collections/\(spelling)/count")
                    #expect(answer.json == 2, "\(spelling): \(answer.text)")
                }
            }
        }
    }

    @Test(arguments: [
        ("DELETE", "NAME"), ("PUT", "ID"), ("DELETE", "ID"), ("POST", "ID/fork"),
        ("POST", "ID/functions/attach"), ("PATCH", "ID/get"), ("DELETE", "ID/count"),
    ])
    func `an unknown write to the collection that moves is refused and counted`(
        method: String, rest: String
    ) async throws {
        try await running { bench, path in
            let id = String(path.split(separator: "/").last ?? "")
            let rest = rest.replacing("ID", with: id).replacing("NAME", with: "items")
            let answer = try await bench.ask(
                method, Self.database + "/collections/" + rest, "{}")
            #expect(answer.status == 400)
            #expect(
                answer.chromaError.contains("could change the collection that moves unseen"),
                "\(answer.text)")
            let page = try await bench.admin("/metrics").text
            #expect(
                page.contains("refused_write") || page.contains("operation=\"collection\""),
                "\(page)")
        }
    }

    @Test(arguments: [
        ("POST", "/api/v2/reset", 400, "InvalidArgumentError"),
        (
            "DELETE", "/api/v2/tenants/default_tenant/databases/default_database", 400,
            "InvalidArgumentError"
        ),
        ("POST", "/api/v1/collections", 410, "ChromaError"),
        ("GET", "/api/v2/tenants/nobody", 404, "NotFoundError"),
        ("GET", "/api/v2/tenants/default_tenant/databases/nobody", 404, "NotFoundError"),
        ("GET", database + "/collections/nobody", 404, "NotFoundError"),
        ("GET", database + "/collections/text/count", 400, "InvalidArgumentError"),
        (
            "GET", database + "/collections/00000000-0000-0000-0000-000000000000/count", 404,
            "NotFoundError"
        ),
    ])
    func `what is not here is said in Chroma's words`(
        method: String, path: String, status: Int, name: String
    ) async throws {
        try await running { bench, _ in
            let answer = try await bench.ask(method, path, method == "POST" ? "{}" : "")
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.chromaName == name)
        }
    }

    @Test func `the collection is made again by nobody, and got by everybody`() async throws {
        try await running { bench, path in
            let collections = Self.database + "/collections"
            let again = try await bench.ask("POST", collections, "{\"name\":\"items\"}")
            #expect(again.status == 409)
            #expect(again.chromaError == "Collection [items] already exists")
            let got = try await bench.ask(
                "POST", collections, "{\"name\":\"items\",\"get_or_create\":true}")
            #expect(got.status == 200)
            #expect(got.text.contains(path.split(separator: "/").last ?? "nothing"))
            let other = try await bench.ask("POST", collections, "{\"name\":\"others\"}")
            #expect(other.status == 400, "\(other.text)")
        }
    }

    @Test func `probes need no token and everything else does`() async throws {
        try await GatewayBench.running(
            idKind: .text, token: "sesame", { $0.speak = .chroma }
        ) { bench in
            for path in ["heartbeat", "version", "healthcheck", "pre-flight-checks"] {
                #expect(try await bench.ask("GET", "/api/v2/\(path)").status == 200)
            }
            let without = try await bench.ask("GET", Self.database)
            #expect(without.status == 401)
            #expect(without.chromaName == "AuthorizationError")
            for header in [("X-Chroma-Token", "sesame"), ("Authorization", "Bearer sesame")] {
                let with = try await bench.ask(
                    "GET", Self.database, headers: [(name: header.0, value: header.1)])
                #expect(with.status == 200, "\(header)")
            }
        }
    }
}

extension HTTPClientResponse {
    /// The error's words and name, in Chroma's shape; empty where it has none.
    fileprivate var chromaError: String {
        guard case .object(let body) = json, case .string(let said)? = body["message"] else {
            return ""
        }
        return said
    }

    fileprivate var chromaName: String {
        guard case .object(let body) = json, case .string(let name)? = body["error"] else {
            return ""
        }
        return name
    }
}
