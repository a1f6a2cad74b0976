import PlanCore

/// Copies what the source already holds, window by window, while writes go on.
///
///     open window (durable) ─▶ strong read ─▶ write ─▶ settle: touched keys are marked,
///                                    │         │               the cursor moves, in one transaction
///                                    └─▶ read of the next page
///
/// A window stays open for a few pages, so that the next can be read while one is written; where
/// reads of the source lag, for all pages of a chunk, so that the lag is waited out once.
package struct Copier: Walk {
    package static let task = "backfill"
    /// Counters of a chunk.
    package static let copied = "copied"
    package static let refused = "refused"
    package static let swept = "swept"

    let session: Session
    private let queue: ChunkQueue
    private let stand = Standstill()
    let batchSize: Int
    let rate: RateLimit
    let ceiling: RefusedCeiling

    /// `mostRefused`: once the target refuses more, the walk ends where it is; nil: never.
    package init(session: Session, batchSize: Int, rate: RateLimit, mostRefused: Int? = nil) {
        self.session = session
        queue = ChunkQueue(task: Copier.task, session: session)
        self.batchSize = batchSize
        self.rate = rate
        ceiling = RefusedCeiling(mostRefused)
    }

    /// Fixes the ranges, once. More ranges than workers, so that a late worker finds work.
    package func prepare(ranges count: Int) async throws {
        if try await queue.progress().chunks > 0 { return }
        let environment = session.environment
        try await queue.prepare(
            try await environment.source.partitions(count), sweeps: !environment.walksTogether)
    }

    package func progress() async throws -> ChunkProgress { try await queue.progress() }

    package var trouble: String? { stand.trouble }
    package func forgetTrouble() { stand.forgetTrouble() }

    /// Whether this process's workers ended for what the target refuses: ranges may be left, which
    /// another `Copier` goes on with.
    package var isStopped: Bool { ceiling.isPassed }

    package func run(workers: Int) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<workers { group.addTask { try await work() } }
        }
    }

    private func work() async throws {
        var failures = 0
        while true {
            try Task.checkCancellation()
            do {
                guard let chunk = try await queue.take(under: ceiling) else {
                    if try await queue.progress().isComplete { return }
                    try await session.time.sleep(for: .milliseconds(100))
                    continue
                }
                stand.begin(chunk)
                try await copy(chunk)
                stand.end(chunk)
                failures = 0
            } catch is RefusedCeiling.Passed {
                return
            } catch {
                guard stand.bears(error) else { throw error }
                failures += 1
                let pause = min(Duration.milliseconds(100) * (1 << min(failures, 8)), .seconds(20))
                let asked = (error as? StoreError)?.retryAfter ?? .zero
                try await session.time.sleep(for: max(pause, asked))
            }
        }
    }

    /// Copies what is left of a chunk; in the end it is done, given back, or in doubt.
    private func copy(_ chunk: Chunk) async throws {
        do {
            if chunk.isSweep { try await sweep(chunk) } else { try await copyPages(chunk) }
            session.chunks.drop(chunk.name)
        } catch let doubt as InDoubt {
            // The range stays this session's until the reclaimer has closed its window.
            throw doubt.cause
        } catch {
            await queue.giveBack(chunk)
            throw error
        }
    }

    /// Something was sent that may still land.
    struct InDoubt: Error { let cause: any Error }
}
