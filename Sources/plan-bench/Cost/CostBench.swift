import Glibc
import HTTPClient
import JSON
import PlanCore
import TestServers

/// What the gateway adds to a request of a Qdrant client, beside going direct and beside nginx on
/// the same server: in the milliseconds that a caller waits, and in processor time.
struct CostBench {
    let lab: Lab
    let program: String
    let nginx: String

    private enum Work: String, CaseIterable {
        case read, write
    }

    func run() async throws -> [Figure] {
        lab.note("cost: starting two servers, two gateways and nginx")
        let stage = try await CostStage(folder: lab.folder, program: program, nginx: nginx)
        defer { stage.stop() }
        try await stage.waitForMirror()
        var configuration = HTTPClientConfiguration()
        configuration.connectionsPerHost = 64
        configuration.idleConnections = 512
        let client = HTTPClient(configuration: configuration)
        defer { client.close() }
        var figures: [Figure] = []
        for work in Work.allCases {
            for callers in [1, 8, 64] {
                lab.note("cost: \(work.rawValue)s, \(callers) at once")
                figures += try await compare(work, callers, stage, client)
            }
        }
        lab.note("cost: a target that is slow, or gone")
        return figures + (try await troubled(stage, client))
    }

    private func compare(
        _ work: Work, _ callers: Int, _ stage: CostStage, _ client: HTTPClient
    ) async throws -> [Figure] {
        var rounds = Rounds()
        for way in CostStage.Way.allCases {
            rounds.add(way.rawValue) {
                try await load(work, callers, way, stage, client)
            }
        }
        let samples = try await rounds.run(lab.size.loadRepetitions)
        let name = "\(work.rawValue)s, \(callers) at once"
        var figures: [Figure] = []
        for way in CostStage.Way.allCases where way != .direct {
            figures += CostFigures(name: name, samples: samples).all(way)
        }
        return figures
    }

    /// Searches and writes before the cutover, while the target answers late or never.
    private func troubled(_ stage: CostStage, _ client: HTTPClient) async throws -> [Figure] {
        var figures: [Figure] = []
        for work in Work.allCases {
            var rounds = Rounds()
            for (name, fault) in [
                ("well", nil), ("200 ms late", FaultProxy.Fault.late(milliseconds: 200)),
                ("gone", .resetBefore),
            ] {
                rounds.add(name) {
                    if let fault {
                        stage.faults.arm(fault) { _ in true }
                    } else {
                        stage.faults.disarm()
                    }
                    return try await load(work, 8, .mirroring, stage, client)
                }
            }
            let samples = try await rounds.run(lab.size.loadRepetitions)
            stage.faults.disarm()
            figures += ["200 ms late", "gone"].map {
                CostFigures(name: "\(work.rawValue)s, 8 at once", samples: samples).troubled($0)
            }
        }
        return figures
    }

    private func load(
        _ work: Work, _ callers: Int, _ way: CostStage.Way, _ stage: CostStage,
        _ client: HTTPClient
    ) async throws -> Measured {
        let url = stage.url(way)
        let process = stage.process(way)
        let before = process?.processorSeconds ?? 0
        var measured = try await Load.run(callers: callers, for: lab.size.load) { caller, turn in
            let number = (caller &* 131 &+ turn) % CostStage.records
            let body = work == .read ? CostBodies.search(number) : CostBodies.upsert(number)
            let answer = try await client.request(
                work == .read ? "POST" : "PUT",
                url + (work == .read ? "/query" : "?wait=true"),
                headers: [(name: "Content-Type", value: "application/json")], body: body,
                deadline: .seconds(30))
            guard answer.status == 200 else {
                throw BenchError("\(way.rawValue) answered \(answer.status): \(answer.text)")
            }
        }
        let spent = (process?.processorSeconds ?? 0) - before
        measured.microseconds = spent * 1e6 / max(1, measured.calls)
        return measured
    }
}

/// Bodies are made once: what is measured is not their making.
private enum CostBodies {
    private static let count = 64

    private static let searches: [[UInt8]] = (0..<count).map { number in
        let query = vector(number, version: 9)
        return Array(
            JSON.text(.object(["query": query, "limit": .int(10), "with_payload": .bool(true)]))
                .utf8)
    }

    /// Vectors, as text; the id is put before each.
    private static let points: [String] = (0..<count).map { number in
        ",\"payload\":{\"title\":\"package \(number)\"},\"vector\":"
            + JSON.text(vector(number, version: 3)) + "}]}"
    }

    private static func vector(_ number: Int, version: Int) -> JSONValue {
        .array(Lab.vector(number, version: version).map { .double(Double($0)) })
    }

    static func search(_ number: Int) -> [UInt8] { searches[number % count] }

    static func upsert(_ number: Int) -> [UInt8] {
        Array("{\"points\":[{\"id\":\(number)\(points[number % count])".utf8)
    }
}
