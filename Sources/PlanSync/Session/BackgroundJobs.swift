import PlanCore

/// Work that outlives the request that began it: the follower's leg after the client has its
/// answer. Runs inside `run()`, so that it belongs to a task that somebody waits for.
package final class BackgroundJobs: Sendable {
    package typealias Job = @Sendable () async -> Void

    private let jobs: AsyncStream<Job>
    private let feed: AsyncStream<Job>.Continuation

    package init() {
        (jobs, feed) = AsyncStream.makeStream(of: Job.self, bufferingPolicy: .unbounded)
    }

    package func submit(_ job: @escaping Job) { feed.yield(job) }

    /// No more jobs: `run` returns when those that were submitted are done.
    package func finish() { feed.finish() }

    package func run() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs { group.addTask { await job() } }
        }
    }
}
