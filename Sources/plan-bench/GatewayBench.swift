import HTTPClient
import JSON
import PlanCore
import PlanGateway
import PlanStores
import PlanSync

/// Reads over HTTP through a gateway in this process, beside the same reads of the store itself.
struct GatewayBench {
    let lab: Lab

    private struct Silence: LogSink {
        func write(_ line: String) {}
    }

    func run() async throws -> [Figure] {
        let embedded = lab.sqlite("gateway.db")
        let server = lab.postgres("bench_gateway")
        for store in [embedded, server] as [any VectorStore] {
            try await lab.recreate(store)
            try await lab.fill(store, lab.size.searched)
        }
        let index = IndexSpec(kind: "hnsw")
        lab.note("gateway: building an index")
        try await server.createIndex(index)
        let figures =
            try await measure("sqlite", embedded, server, Bounds.searchExact)
            + measure("pgvector", server, embedded, Bounds.searchIndexed)
        for store in [embedded, server] as [any VectorStore] {
            try await store.drop()
            await store.close()
        }
        return figures
    }

    private func measure(
        _ name: String, _ store: any VectorStore, _ other: any VectorStore, _ bound: String
    ) async throws -> [Figure] {
        lab.note("gateway reads, \(name)")
        let bench = try await PlaneBench(lab, store, other, follower: .target)
        let plane = bench.plane
        var settings = GatewaySettings()
        settings.listen = HostPort(host: "127.0.0.1", port: 0)
        settings.admin = HostPort(host: "127.0.0.1", port: 0)
        let gateway = try GatewayServer(
            options: .init(settings: settings), service: plane,
            telemetry: PlaneTelemetry(plane: plane, name: "bench") { .null },
            collection: {
                CollectionDescription(
                    name: "items", idKind: .int,
                    vectors: [VectorSpec(dimension: 384, distance: .cosine)])
            }, log: GatewayLog(sink: Silence(), time: lab.time), time: lab.time)
        let client = HTTPClient()
        let address = "http://127.0.0.1:\(gateway.port)"
        var figures: [Figure] = []
        do {
            for callers in [1, 16] {
                figures += try await gets(name, callers, store, client, address)
                figures += try await searches(name, callers, store, client, address, bound)
            }
        } catch {
            await gateway.stop(within: .seconds(5))
            await bench.end()
            throw error
        }
        client.close()
        await gateway.stop(within: .seconds(5))
        await bench.end()
        return figures
    }

    private func gets(
        _ name: String, _ callers: Int, _ store: any VectorStore, _ client: HTTPClient,
        _ address: String
    ) async throws -> [Figure] {
        let count = lab.size.searched
        let key: @Sendable (Int, Int) -> Int = { ($0 &* 7_919 &+ $1 &* 104_729) % count }
        var rounds = Rounds()
        rounds.add("store") {
            try await Load.run(callers: callers, for: lab.size.load) { caller, turn in
                let found = try await store.get([.int(Int64(key(caller, turn)))], .full)
                guard found.count == 1 else { throw BenchError("a record is gone") }
            }
        }
        rounds.add("gateway") {
            try await Load.run(callers: callers, for: lab.size.load) { caller, turn in
                try await ask(
                    client, address + "/v1/records/get",
                    "{\"ids\":[\(key(caller, turn))],\"with_vectors\":true}")
            }
        }
        return figures(
            "\(name), get, \(callers) at once", try await rounds.run(lab.size.loadRepetitions),
            Bounds.get)
    }

    private func searches(
        _ name: String, _ callers: Int, _ store: any VectorStore, _ client: HTTPClient,
        _ address: String, _ bound: String
    ) async throws -> [Figure] {
        let vectors = (0..<64).map { Lab.vector($0, version: 9) }
        let bodies = vectors.map { vector in
            JSON.text(
                .object(["vector": .array(vector.map { .double(Double($0)) }), "k": .int(10)]))
        }
        var rounds = Rounds()
        rounds.add("store") {
            try await Load.run(callers: callers, for: lab.size.load) { caller, turn in
                let vector = vectors[(caller &* 13 &+ turn) % vectors.count]
                let found = try await store.search(Query(vector: .dense(vector), k: 10))
                guard found.count == 10 else { throw BenchError("a search found too few") }
            }
        }
        rounds.add("gateway") {
            try await Load.run(callers: callers, for: lab.size.load) { caller, turn in
                try await ask(
                    client, address + "/v1/search", bodies[(caller &* 13 &+ turn) % bodies.count])
            }
        }
        return figures(
            "\(name), search, \(callers) at once", try await rounds.run(lab.size.loadRepetitions),
            bound)
    }

    private func ask(_ client: HTTPClient, _ url: String, _ body: String) async throws {
        let answer = try await client.request(
            "POST", url, headers: [(name: "Content-Type", value: "application/json")],
            body: Array(body.utf8))
        guard answer.status == 200 else {
            throw BenchError("the gateway answered \(answer.status): \(answer.text)")
        }
    }

    private func figures(
        _ name: String, _ samples: [String: [Measured]], _ bound: String
    ) -> [Figure] {
        let ours = samples["gateway"] ?? []
        let theirs = samples["store"] ?? []
        return [
            Figure(
                group: "gateway read", name: name, unit: "ms p50", value: ours.median(\.p50),
                baseline: theirs.median(\.p50), baselineName: "the store itself",
                ratio: ours.ratio(to: theirs, \.p50), goal: nil, cores: nil, bound: bound),
            Figure(
                group: "gateway read", name: name, unit: "reads/s",
                value: ours.median(\.perSecond), baseline: theirs.median(\.perSecond),
                baselineName: "the store itself", ratio: ours.ratio(to: theirs, \.perSecond),
                goal: nil, cores: ours.median(\.cores), bound: bound),
        ]
    }
}
