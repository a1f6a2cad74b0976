import PlanCore
import Synchronization

/// One thread, one seed, one virtual clock: everything that happens in a simulation happens here,
/// one job after another, in an order that the seed draws.
///
/// Invariant: jobs, timers and continuations are touched by the thread inside `run` alone.
package final class World: Sendable {
    enum Queue { case task, serial }

    private struct Job {
        var job: UnownedJob
        var process: SimulatedProcess
        var queue: Queue
    }

    private struct State {
        var now = Duration.zero
        var random: SeededRandom
        var ready: [Job] = []
        var timers = TimerHeap()
        var trace: Trace
        var counts: [String: Int] = [:]
        var steps = 0
    }

    package let seed: UInt64
    private let state: Mutex<State>

    package init(seed: UInt64, keepsTrace: Bool = false) {
        self.seed = seed
        state = Mutex(State(random: SeededRandom(seed: seed), trace: Trace(keeps: keepsTrace)))
    }

    package var now: Duration { state.withLock(\.now) }
    package var trace: Trace { state.withLock(\.trace) }
    package var steps: Int { state.withLock(\.steps) }

    package func draw<Value>(_ body: (inout SeededRandom) -> Value) -> Value {
        state.withLock { state in
            // A copy: the body may draw, and nothing else of the state.
            var random = state.random
            defer { state.random = random }
            return body(&random)
        }
    }

    /// Occurrences of what a report must show: faults, crash points, operations.
    package var counts: [String: Int] { state.withLock(\.counts) }
    package func count(_ name: String) { state.withLock { $0.counts[name, default: 0] += 1 } }

    package func note(_ who: String, _ what: String) {
        state.withLock { $0.trace.note($0.now, who, what) }
    }

    func enqueue(_ job: UnownedJob, _ process: SimulatedProcess, _ queue: Queue) {
        state.withLock { $0.ready.append(Job(job: job, process: process, queue: queue)) }
    }

    package func after(_ delay: Duration, _ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.timers.add($0.now + max(delay, .zero), action) }
    }

    /// Runs until `isOver`, or nothing is left to do, or the clock passes `limit`. False where it
    /// did not come to its end.
    package func run(until limit: Duration, _ isOver: () -> Bool) -> Bool {
        while true {
            if isOver() { return true }
            if runOne() { continue }
            let timer: TimerHeap.Entry? = state.withLock { state in
                guard let due = state.timers.next, due <= limit else { return nil }
                state.now = max(state.now, due)
                return state.timers.take()
            }
            guard let timer else { return false }
            timer.action()
        }
    }

    /// Runs one of the jobs that are ready, of a process that is not paused.
    private func runOne() -> Bool {
        let next: Job? = state.withLock { state in
            let now = state.now
            let runnable = state.ready.indices.filter { !state.ready[$0].process.isPaused(at: now) }
            guard !runnable.isEmpty else { return nil }
            state.steps += 1
            return state.ready.remove(at: runnable[state.random.below(runnable.count)])
        }
        guard let next else { return false }
        next.process.run(next.job, next.queue)
        return true
    }
}
