import Foundation
import PlanSync
import PlanTesting
import Processes
import Testing

/// Whole migrations under faults, from seeds. `make simulate SEEDS=10000` runs many more.
@Suite struct SimulationTests {
    /// The same seeds each time: a change of the code is what changes their outcome.
    private static let seeds: ClosedRange<UInt64> = 1...60
    private static let threads = ProcessInfo.processInfo.activeProcessorCount

    @Test func `no seed loses a write, reads the past or leaves the stores apart`() throws {
        let summary = try Campaign(seeds: Self.seeds).run(threads: Self.threads)
        for failure in summary.failures.sorted(by: { $0.seed < $1.seed }).prefix(5) {
            Issue.record(
                """
                seed \(failure.seed): \(failure.violations.prefix(3).joined(separator: "; "))
                see it: make simulate-trace SEED=\(failure.seed)
                """)
        }
        #expect(summary.seeds == Self.seeds.count)
        #expect(summary.traces.count >= Self.seeds.count * 95 / 100)
        for fault in Campaign.expected {
            #expect(summary.counts[fault, default: 0] > 0, "\(fault) never happened")
        }
    }

    /// Those that the first seeds of all catch; `make simulate-mutants` is for all of them.
    @Test(arguments: Mutant.all.filter { $0.seeds <= 100 && $0.emphasis.isNone })
    func `a wrong design is caught`(_ mutant: Mutant) throws {
        #expect(
            try mutant.hunt(threads: Self.threads) != nil,
            "\(mutant.name) was not caught in \(mutant.seeds) seeds")
    }

    @Test(arguments: [1, 5, 10, 33] as [UInt64])
    func `a seed replays exactly`(_ seed: UInt64) throws {
        let first = try run(seed)
        let second = try run(seed)
        #expect(first.traceHash == second.traceHash)
        #expect(first.counts == second.counts)
    }

    @Test func `another process sees the same`() throws {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: own).deletingLastPathComponent()
            .appendingPathComponent("plan-simulate").path
        let text = try ChildProcess.answer([program, "hashes", "1-8"], errors: .inherited).text
        let lines = text.split(separator: "\n").map(String.init)
        let same = try (1...8 as ClosedRange<UInt64>).map {
            "\($0) \(String(try run($0).traceHash, radix: 16))"
        }
        #expect(lines == same)
    }

    private func run(_ seed: UInt64) throws -> Simulation.Result {
        let folder = FileManager.default.temporaryDirectory.path + "/seed-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try Simulation(seed: seed, folder: folder).run()
    }
}
