import Glibc
import Synchronization

/// A serial executor on a thread of its own, for actors whose calls block: SQLite, libpq, fsync.
///
/// The cooperative pool has exactly as many threads as cores; a blocking call there would stop
/// everything else. Jobs run in the order they came. The thread ends with `shutdown` or `deinit`.
package final class ThreadExecutor: SerialExecutor {
    /// What the thread holds on to; the executor itself may go before it.
    private final class Queue: Sendable {
        private struct State {
            var jobs: [UnownedJob] = []
            var isClosed = false
        }

        private let state = Mutex(State())
        nonisolated(unsafe) private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(
            capacity: 1)
        nonisolated(unsafe) private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(
            capacity: 1)

        init() {
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(condition, nil)
        }

        deinit {
            pthread_cond_destroy(condition)
            pthread_mutex_destroy(mutex)
            mutex.deallocate()
            condition.deallocate()
        }

        func add(_ job: UnownedJob) {
            pthread_mutex_lock(mutex)
            state.withLock { $0.jobs.append(job) }
            pthread_cond_signal(condition)
            pthread_mutex_unlock(mutex)
        }

        func close() {
            pthread_mutex_lock(mutex)
            state.withLock { $0.isClosed = true }
            pthread_cond_signal(condition)
            pthread_mutex_unlock(mutex)
        }

        /// All that waits, in order; nil when closed and empty.
        func take() -> [UnownedJob]? {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            while true {
                let (jobs, isClosed) = state.withLock { state in
                    defer { state.jobs = [] }
                    return (state.jobs, state.isClosed)
                }
                if !jobs.isEmpty { return jobs }
                if isClosed { return nil }
                pthread_cond_wait(condition, mutex)
            }
        }
    }

    private let queue = Queue()

    package init() {
        let start = Start(queue: queue, executor: self)
        let context = Unmanaged.passRetained(start).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, ThreadExecutor.main, context)
        precondition(code == 0, "no thread could be started: \(code)")
        pthread_detach(thread)
    }

    deinit { queue.close() }

    package func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job)) }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    package func shutdown() { queue.close() }

    private final class Start {
        let queue: Queue
        let reference: UnownedSerialExecutor

        init(queue: Queue, executor: ThreadExecutor) {
            self.queue = queue
            reference = UnownedSerialExecutor(ordinary: executor)
        }
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
        { context in
            guard let context else { return nil }
            let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
            while let jobs = start.queue.take() {
                for job in jobs { job.runSynchronously(on: start.reference) }
            }
            return nil
        }
}
