import PlanCore
import Synchronization

/// A process of the simulation: executors and a clock of its own. It can be paused, and killed at
/// any await; nothing that a dead process still does has an effect outside it.
package final class SimulatedProcess: Sendable {
    /// What a process meets everywhere once it is dead.
    package struct Died: Error {}

    private struct State {
        var isDead = false
        var pausedUntil = Duration.zero
        var dozesFor: Duration?
        var parked: [Int: CheckedContinuation<Void, any Error>] = [:]
        var tasks: [Int: Task<Void, Never>] = [:]
        var numbers = 0
        var atDeath: [@Sendable () -> Void] = []
    }

    package let world: World
    package let name: String
    /// Where its monotonic clock began.
    private let origin: Duration
    private let state = Mutex(State())
    private let executors = Mutex<(task: ProcessTaskExecutor, serial: ProcessSerialExecutor)?>(nil)

    package init(_ name: String, in world: World) {
        self.name = name
        self.world = world
        origin = world.draw { $0.duration(.zero, .seconds(1_000)) }
        let pair = (ProcessTaskExecutor(self), ProcessSerialExecutor(self))
        executors.withLock { $0 = pair }
    }

    private var pair: (task: ProcessTaskExecutor, serial: ProcessSerialExecutor) {
        guard let pair = executors.withLock({ $0 }) else {
            preconditionFailure("a process has executors from its beginning")
        }
        return pair
    }

    package var serialExecutor: any SerialExecutor { pair.serial }
    package var isDead: Bool { state.withLock(\.isDead) }
    package var now: Duration { world.now + origin }
    package var clock: ProcessClock { ProcessClock(process: self) }

    func isPaused(at now: Duration) -> Bool {
        state.withLock { !$0.isDead && now < $0.pausedUntil }
    }

    func run(_ job: UnownedJob, _ queue: World.Queue) {
        let pair = pair
        switch queue {
        case .task: job.runSynchronously(on: pair.task.asUnownedTaskExecutor())
        case .serial:
            job.runSynchronously(
                isolatedTo: pair.serial.asUnownedSerialExecutor(),
                taskExecutor: pair.task.asUnownedTaskExecutor())
        }
    }

    /// Begins a task that belongs to this process and dies with it.
    @discardableResult
    package func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        let number = state.withLock { state in
            state.numbers += 1
            return state.numbers
        }
        let task = Task(executorPreference: pair.task) {
            await body()
            self.state.withLock { $0.tasks[number] = nil }
        }
        let isDead = state.withLock { state in
            state.tasks[number] = task
            return state.isDead
        }
        if isDead { task.cancel() }
        return task
    }

    package var isIdle: Bool { state.withLock(\.tasks.isEmpty) }

    /// As `kill -9`: what it waits for never comes, what it sent may still arrive.
    package func kill() {
        let (parked, tasks, atDeath) = state.withLock { state in
            state.isDead = true
            defer {
                state.parked = [:]
                state.atDeath = []
            }
            return (state.parked, state.tasks, state.atDeath)
        }
        world.note(name, "dies")
        for action in atDeath { action() }
        for (_, task) in tasks.sorted(by: { $0.key < $1.key }) { task.cancel() }
        for (_, continuation) in parked.sorted(by: { $0.key < $1.key }) {
            continuation.resume(throwing: Died())
        }
    }

    package func atDeath(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.atDeath.append(action) }
    }

    /// As SIGSTOP, and SIGCONT after a while.
    package func pause(for duration: Duration) {
        world.note(name, "is stopped for \(duration.milliseconds) ms")
        let until = world.now + duration
        state.withLock { $0.pausedUntil = max($0.pausedUntil, until) }
        // Something must come at that time, or nothing would look again.
        world.after(duration) {}
    }

    /// It is paused as soon as it has a write in hand: looked at, not sent yet.
    package func doze(for duration: Duration) { state.withLock { $0.dozesFor = duration } }

    /// Where a write is about to be sent.
    package func fallAsleep() async {
        guard stopDozing() else { return }
        try? await clock.sleep(for: .zero)
    }

    /// Asleep from now on if it still dozes; false where it does not, or has fallen asleep.
    @discardableResult
    package func stopDozing() -> Bool {
        let length = state.withLock { state in
            defer { state.dozesFor = nil }
            return state.dozesFor
        }
        guard let length else { return false }
        pause(for: length)
        return true
    }

    package func checkAlive() throws {
        if isDead { throw Died() }
    }

    /// Waits so long on the virtual clock.
    package func wait(_ duration: Duration) async throws {
        try checkAlive()
        let number = state.withLock { state in
            state.numbers += 1
            return state.numbers
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                    return
                }
                state.withLock { $0.parked[number] = continuation }
                world.after(duration) { self.wake(number, nil) }
            }
        } onCancel: {
            wake(number, CancellationError())
        }
        try checkAlive()
    }

    private func wake(_ number: Int, _ error: (any Error)?) {
        let continuation = state.withLock { $0.parked.removeValue(forKey: number) }
        if let error {
            continuation?.resume(throwing: error)
        } else {
            continuation?.resume()
        }
    }
}

/// The process's own view of time.
package struct ProcessClock: TimeSource {
    let process: SimulatedProcess

    package var now: Duration { process.now }
    package var unixTime: Double { 1_700_000_000 + process.world.now.seconds }

    /// Sleeps end a little late, as they do.
    package func sleep(for duration: Duration) async throws {
        let late = process.world.draw { $0.duration(.zero, .microseconds(300)) }
        try await process.wait(max(duration, .zero) + late)
    }
}

final class ProcessTaskExecutor: TaskExecutor {
    private unowned let process: SimulatedProcess

    init(_ process: SimulatedProcess) { self.process = process }

    func enqueue(_ job: consuming ExecutorJob) {
        process.world.enqueue(UnownedJob(job), process, .task)
    }
}

final class ProcessSerialExecutor: SerialExecutor {
    private unowned let process: SimulatedProcess

    init(_ process: SimulatedProcess) { self.process = process }

    func enqueue(_ job: consuming ExecutorJob) {
        process.world.enqueue(UnownedJob(job), process, .serial)
    }
}
