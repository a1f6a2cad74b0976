import Foundation
import PlanCore
import PlanSync
import PlanTesting
import Processes

/// Runs simulated migrations: many seeds, one to read, or many with a wrong design.
@main
struct Main {
    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        if words.count == 2, words[0] == "trace", let seed = UInt64(words[1]) {
            try trace(seed, .none)
        } else if words.count == 3, words[0] == "trace", let seed = UInt64(words[1]) {
            try trace(seed, hunted(words[2]).emphasis)
        } else if let first = words.first, first == "mutants" {
            try mutants(Mutant.all.filter { words.count == 1 || $0.name.contains(words[1]) })
        } else if words.count == 3, words[0] == "corner", let seeds = range(words[1]) {
            try corner(seeds, words[2])
        } else if words.count == 2, words[0] == "hashes", let seeds = range(words[1]) {
            try hashes(seeds)
        } else if words.count == 1, let seeds = range(words[0]) {
            try campaign(seeds)
        } else {
            print(
                """
                usage: plan-simulate FIRST-LAST            runs the seeds
                       plan-simulate trace SEED [PART]     shows all of one; with PART, in the
                                                           corner where that design is hunted
                       plan-simulate hashes FIRST-LAST     a line for each seed: its trace's hash
                       plan-simulate mutants [PART]        hunts wrong designs
                       plan-simulate corner FIRST-LAST PART
                           runs the right design where that wrong one is hunted
                """)
            exit(2)
        }
    }

    private static func range(_ text: String) -> ClosedRange<UInt64>? {
        let ends = text.split(separator: "-").compactMap { UInt64($0) }
        if ends.count == 1, ends[0] > 0 { return 1...ends[0] }
        guard ends.count == 2, ends[0] <= ends[1] else { return nil }
        return ends[0]...ends[1]
    }

    private static func trace(_ seed: UInt64, _ emphasis: Emphasis) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/trace-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try Simulation(
            seed: seed, folder: folder, emphasis: emphasis, keepsTrace: true
        ).run()
        for line in result.trace { print(line) }
        for violation in result.violations { print("VIOLATION \(violation)") }
        print("trace \(String(result.traceHash, radix: 16))")
        if !result.violations.isEmpty { exit(1) }
    }

    private static var threads: Int { ProcessInfo.processInfo.activeProcessorCount }

    private static func mutants(_ all: [Mutant]) throws {
        var missed = 0
        for mutant in all {
            if let found = try mutant.hunt(threads: threads) {
                print("caught at seed \(found.seed): \(mutant.name): \(found.violation)")
            } else {
                missed += 1
                print("MISSED in \(mutant.seeds) seeds: \(mutant.name)")
            }
            fflush(nil)
        }
        print("\(all.count - missed) of \(all.count) mutants caught")
        if missed > 0 { exit(1) }
    }

    private static func hunted(_ part: String) -> Mutant {
        guard let mutant = Mutant.all.first(where: { $0.name.contains(part) }) else {
            print("no wrong design's name contains '\(part)'; 'mutants' lists them")
            exit(2)
        }
        return mutant
    }

    private static func corner(_ seeds: ClosedRange<UInt64>, _ part: String) throws {
        let mutant = hunted(part)
        let summary = try Campaign(seeds: seeds, emphasis: mutant.emphasis).run(threads: threads)
        for (seed, violations) in summary.failures.sorted(by: { $0.seed < $1.seed }) {
            print("seed \(seed): \(violations.first ?? "")")
        }
        print("\(summary.seeds) seeds, \(summary.failures.count) failed: \(mutant.name)")
        if !summary.failures.isEmpty { exit(1) }
    }

    private static func hashes(_ seeds: ClosedRange<UInt64>) throws {
        let summary = try Campaign(seeds: seeds).run(threads: threads)
        for (seed, hash) in summary.hashes.sorted(by: { $0.key < $1.key }) {
            print("\(seed) \(String(hash, radix: 16))")
        }
    }

    /// A few of the seeds again, in another process with other hash tables: the same traces?
    private static func replayed(_ seeds: ClosedRange<UInt64>, _ known: [UInt64: UInt64]) throws
        -> (count: Int, differing: [UInt64])
    {
        let last = min(seeds.upperBound, seeds.lowerBound + 19)
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let text = try ChildProcess.answer(
            [own, "hashes", "\(seeds.lowerBound)-\(last)"], errors: .inherited
        ).text
        let pairs = text.split(separator: "\n").map { $0.split(separator: " ") }
        let differing = pairs.compactMap { pair -> UInt64? in
            guard pair.count == 2, let seed = UInt64(pair[0]) else { return nil }
            return known[seed] == UInt64(pair[1], radix: 16) ? nil : seed
        }
        return (pairs.count, differing)
    }

    private static func campaign(_ seeds: ClosedRange<UInt64>) throws {
        let begun = Date()
        let summary = try Campaign(seeds: seeds).run(threads: threads) { result in
            for violation in result.violations.prefix(3) {
                print("seed \(result.seed): \(violation)")
                fflush(nil)
            }
        }
        for (name, count) in summary.counts.sorted(by: { $0.key < $1.key }) {
            print("\(name): \(count)")
        }
        let unmet = Campaign.expected.filter { summary.counts[$0, default: 0] == 0 }
        for name in unmet { print("never happened: \(name)") }
        print(
            "\(summary.seeds) seeds, \(summary.traces.count) distinct traces, "
                + "\(summary.failures.count) failed, \(Int(summary.virtualTime.seconds)) s of "
                + "virtual time in \(Int(-begun.timeIntervalSinceNow)) s")
        if let failure = summary.failures.min(by: { $0.seed < $1.seed }) {
            print("see the first: make simulate-trace SEED=\(failure.seed)")
            exit(1)
        }
        let (count, differing) = try replayed(seeds, summary.hashes)
        print("\(count) seeds again in another process: \(differing.count) traces differ")
        if count == 0 || !differing.isEmpty {
            print("not deterministic: seeds \(differing)")
            exit(1)
        }
        let isPoor = summary.traces.count * 100 < summary.seeds * 95
        if isPoor { print("too few distinct traces: the seeds explore too little") }
        if isPoor || !unmet.isEmpty && summary.seeds >= 200 { exit(1) }
    }
}
