import Glibc
import PlanCore
import PlanLedger
import PlanStores
import PlanSync

/// Writes through a gateway's data plane: to both stores under intents, beside single writes
/// through the same plane. One record each, with a vector that it did not have before.
struct DualWriteBench {
    static let callers = [1, 16, 64]
    /// Of each caller; no two write the same.
    private static let keys = 100

    let lab: Lab

    private enum Way: String, CaseIterable {
        case single
        case dual = "dual, the authority acknowledges"
        case both = "dual, both acknowledge"
    }

    func run() async throws -> [Figure] {
        let embedded = lab.sqlite("dual.db")
        let source = lab.postgres("bench_dual_source")
        let target = lab.postgres("bench_dual_target")
        for store in [embedded, source, target] as [any VectorStore] {
            try await lab.recreate(store)
            // Existing rows are replaced, and the logs have their size.
            try await lab.fill(store, DualWriteBench.keys * (DualWriteBench.callers.max() ?? 1))
        }
        let figures =
            try await pair("sqlite and pgvector", embedded, target)
            + pair("pgvector and pgvector", source, target)
        for store in [embedded, source, target] as [any VectorStore] {
            try await store.drop()
            await store.close()
        }
        return figures
    }

    private func pair(
        _ name: String, _ source: any VectorStore, _ target: any VectorStore
    ) async throws -> [Figure] {
        lab.note("dual writes, \(name)")
        let bench = try await PlaneBench(lab, source, target, follower: nil)
        var figures: [Figure] = []
        do {
            for callers in DualWriteBench.callers {
                var rounds = Rounds()
                for way in Way.allCases {
                    rounds.add(way.rawValue) {
                        try await bench.flip { route in
                            route.follower = way == .single ? nil : .target
                            route.acknowledgement = way == .both ? .both : .authority
                        }
                        return try await write(bench, callers)
                    }
                }
                figures += self.figures(
                    name, callers, try await rounds.run(lab.size.loadRepetitions))
            }
        } catch {
            await bench.end()
            throw error
        }
        await bench.end()
        return figures
    }

    private func write(_ bench: PlaneBench, _ callers: Int) async throws -> Measured {
        let plane = bench.plane
        let version = bench.nextVersion()
        return try await Load.run(
            callers: callers, for: lab.size.load,
            settle: {
                while plane.inFlight > 0 { try await Task.sleep(for: .milliseconds(1)) }
            },
            { caller, turn in
                let id = caller * DualWriteBench.keys + turn % DualWriteBench.keys
                _ = try await plane.write(
                    .upsert([Lab.record(id, version: version + turn / DualWriteBench.keys)]))
            })
    }

    private func figures(
        _ pair: String, _ callers: Int, _ samples: [String: [Measured]]
    ) -> [Figure] {
        let single = samples[Way.single.rawValue] ?? []
        var figures: [Figure] = []
        for way in Way.allCases where way != .single {
            let ours = samples[way.rawValue] ?? []
            let bound =
                way == .both ? Bounds.both : callers == 1 ? Bounds.dual : Bounds.dualMany
            let name = "\(pair), \(callers) at once: \(way.rawValue)"
            figures.append(
                Figure(
                    group: "dual write", name: name, unit: "ms p50", value: ours.median(\.p50),
                    baseline: single.median(\.p50), baselineName: "single write",
                    ratio: ours.ratio(to: single, \.p50), goal: nil, cores: nil, bound: bound))
            figures.append(
                Figure(
                    group: "dual write", name: name, unit: "writes/s",
                    value: ours.median(\.perSecond), baseline: single.median(\.perSecond),
                    baselineName: "single write", ratio: ours.ratio(to: single, \.perSecond),
                    goal: nil, cores: ours.median(\.cores), bound: bound))
        }
        return figures
    }
}
