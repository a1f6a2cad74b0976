import Foundation
import PlanSync
import Synchronization

/// Many seeds, on several threads, and what they showed in all.
package final class Campaign: Sendable {
    /// What a campaign of some size must have met, or it shows little.
    package static let expected: [String] =
        [
            "dropped", "applied-then-error", "late", "duplicated", "partial", "refused", "slow",
            "stale-read", "unavailable", "ledger-unavailable", "ledger-unknown-commit",
            "gateway killed", "gateway told to end", "gateway paused", "gateway evicted",
            "worker killed",
            "worker paused", "executor killed", "executor paused",
        ].map { "fault: \($0)" }
        + CrashPoint.allCases.filter(\.isSimulated).map { "crash: \($0.rawValue)" }

    package struct Summary: Sendable {
        package var seeds = 0
        package var failures: [(seed: UInt64, violations: [String])] = []
        /// Seeds that fail without the flaws too: they say nothing of them.
        package var inconclusive: [UInt64] = []
        package var counts: [String: Int] = [:]
        /// Of each seed that ran to its end, the hash of its trace.
        package var hashes: [UInt64: UInt64] = [:]
        package var traces: Set<UInt64> { Set(hashes.values) }
        package var virtualTime = Duration.zero
    }

    private struct State {
        var next: UInt64
        var summary = Summary()
    }

    private let last: UInt64
    private let flaws: ProtocolFlaws
    private let emphasis: Emphasis
    private let stopsAtFailure: Bool
    private let state: Mutex<State>

    package init(
        seeds: ClosedRange<UInt64>, flaws: ProtocolFlaws = [], emphasis: Emphasis = .none,
        stopsAtFailure: Bool = false
    ) {
        self.emphasis = emphasis
        last = seeds.upperBound
        self.flaws = flaws
        self.stopsAtFailure = stopsAtFailure
        state = Mutex(State(next: seeds.lowerBound))
    }

    package func run(
        threads: Int, _ progress: @escaping @Sendable (Simulation.Result) -> Void = { _ in }
    ) throws -> Summary {
        let folder =
            FileManager.default.temporaryDirectory.path + "/simulation-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let done = DispatchSemaphore(value: 0)
        for _ in 0..<threads {
            let thread = Thread { [self] in
                while let seed = take() { runOne(seed, folder, progress) }
                done.signal()
            }
            thread.stackSize = 16 << 20
            thread.start()
        }
        for _ in 0..<threads { done.wait() }
        return state.withLock(\.summary)
    }

    private func take() -> UInt64? {
        state.withLock { state in
            guard state.next <= last, !(stopsAtFailure && !state.summary.failures.isEmpty) else {
                return nil
            }
            defer { state.next += 1 }
            return state.next
        }
    }

    private func runOne(
        _ seed: UInt64, _ folder: String, _ progress: (Simulation.Result) -> Void
    ) {
        let own = "\(folder)/\(seed)"
        defer { try? FileManager.default.removeItem(atPath: own) }
        do {
            try FileManager.default.createDirectory(
                atPath: own, withIntermediateDirectories: true)
            let result = try Simulation(seed: seed, folder: own, flaws: flaws, emphasis: emphasis)
                .run()
            if !flaws.isEmpty, !result.violations.isEmpty, try failsWithoutFlaws(seed, own) {
                state.withLock { $0.summary.inconclusive.append(seed) }
                return
            }
            add(result)
            progress(result)
        } catch {
            state.withLock { $0.summary.failures.append((seed, ["could not run: \(error)"])) }
        }
    }

    private func failsWithoutFlaws(_ seed: UInt64, _ folder: String) throws -> Bool {
        let control = folder + "/control"
        try FileManager.default.createDirectory(atPath: control, withIntermediateDirectories: true)
        return try !Simulation(seed: seed, folder: control, emphasis: emphasis).run().violations
            .isEmpty
    }

    private func add(_ result: Simulation.Result) {
        state.withLock { state in
            state.summary.seeds += 1
            state.summary.hashes[result.seed] = result.traceHash
            state.summary.virtualTime += result.virtualTime
            state.summary.counts.merge(result.counts) { $0 + $1 }
            if !result.violations.isEmpty {
                state.summary.failures.append((result.seed, result.violations))
            }
        }
    }
}
