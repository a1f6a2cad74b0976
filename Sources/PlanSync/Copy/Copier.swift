import PlanCore

/// Copies what the source already holds, window by window, while writes go on.
///
///     open window (durable) ─▶ strong read ─▶ write ─▶ close: touched keys are marked,
///                                                      the cursor moves, in one transaction
///
/// Where reads of the source lag, one window stays open for all pages of a chunk, so that the lag
/// is waited out once.
package struct Copier: Sendable {
    package static let task = "backfill"
    /// Counters of a chunk.
    package static let copied = "copied"
    package static let refused = "refused"

    let session: Session
    private let queue: ChunkQueue
    private let batchSize: Int
    private let rate: RateLimit

    package init(session: Session, batchSize: Int, rate: RateLimit) {
        self.session = session
        queue = ChunkQueue(task: Copier.task, session: session)
        self.batchSize = batchSize
        self.rate = rate
    }

    /// Fixes the ranges, once. More ranges than workers, so that a late worker finds work.
    package func prepare(ranges count: Int) async throws {
        if try await queue.progress().chunks > 0 { return }
        try await queue.prepare(try await session.environment.source.partitions(count))
    }

    package func progress() async throws -> ChunkProgress { try await queue.progress() }

    /// Works until every range is done, by whomever.
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
                guard let chunk = try await queue.take() else {
                    if try await queue.progress().isComplete { return }
                    try await session.time.sleep(for: .milliseconds(100))
                    continue
                }
                try await copy(chunk)
                failures = 0
            } catch {
                guard error.passes else { throw error }
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
            try await copyPages(chunk)
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
    private struct InDoubt: Error { let cause: any Error }

    private func copyPages(_ chunk: Chunk) async throws {
        var chunk = chunk
        var opened: Window?
        var waitedOut: Int64?
        while chunk.state != .done {
            if opened == nil {
                try await rate.pass(batchSize)
                switch try await open(chunk) {
                case .opened(let window): opened = window
                case .notNow: break
                case .lost: return
                }
            }
            guard let window = opened else {
                try await session.time.sleep(for: .milliseconds(50))
                continue
            }
            if Task.isCancelled {
                await abandon(window)
                throw CancellationError()
            }
            let waits = waitedOut != window.id
            guard let step = try await copyPage(chunk, window, waits: waits) else {
                // The chunk was taken from this worker while it slept.
                return
            }
            waitedOut = window.id
            (chunk, opened) = (step.chunk, step.window)
        }
    }

    /// Where a page leaves its chunk, and the window of the next page.
    private struct Step: Sendable {
        var chunk: Chunk
        var window: Window?
    }

    private enum Opening {
        case opened(Window)
        case notNow
        /// The chunk is not this worker's any more, or not of the walk that is under way.
        case lost
    }

    private func open(_ chunk: Chunk) async throws -> Opening {
        let owner = session.owner.number
        let identifier = session.identifiers.next()
        return try await session.open(window: identifier) { ledger in
            guard try ledger.holds(chunk, owner: owner) else { return .lost }
            return try open(chunk, identifier, ledger).map(Opening.opened) ?? .notNow
        }
    }

    private func open(
        _ chunk: Chunk, _ identifier: Int64, _ ledger: any LedgerTransaction
    ) throws -> Window? {
        guard
            let window = try ledger.openWindow(
                chunk.rest, purpose: .copy, id: identifier, owner: session.owner.number,
                flaws: session.flaws)
        else { return nil }
        if session.flaws.contains(.copyWithoutWindow) { _ = try ledger.deleteWindow(identifier) }
        // A backfill copies source to target: with authority elsewhere there is none.
        if window.authority != .source {
            _ = try ledger.deleteWindow(identifier)
            return nil
        }
        return window
    }

    /// One page under its window. nil where the window, or the chunk, was gone at the end.
    private func copyPage(
        _ chunk: Chunk, _ window: Window, waits: Bool
    ) async throws -> Step? {
        let environment = session.environment
        let following = rate.isOpen ? session.identifiers.next() : nil
        do {
            if waits { try await environment.waitOutStaleness(of: .source) }
            let page = try await environment.source.scan(
                .init(after: chunk.range.after, through: chunk.range.through),
                after: chunk.cursor, limit: batchSize)
            if session.flaws.contains(.checkpointBeforeClose), let last = page.last {
                var early = chunk
                early.cursor = environment.mapping.key(of: last, on: .source)
                try await session.ledger.write(.durable) { [early] in try $0.update(early) }
            }
            let covered = coverage(chunk, page)
            let extras =
                session.flaws.contains(.copyWithoutSweep)
                ? [] : try await sweep(chunk, covered, page)
            let refused = try await environment.target.upsertAccepted(
                page.map(environment.mapping.forward), areNew: true)
            await environment.crashPoints.reach(.chunkWritten)
            let next = try await close(
                window, chunk, page, covered, refused, extras: extras, following)
            await environment.crashPoints.reach(.windowClosed)
            return next
        } catch let error as StoreError where error.isDefinite {
            await abandon(window)
            throw error
        } catch {
            // The write may still land, or nobody can say whether the window was closed: it stays
            // open until nothing can land any more.
            session.environment.observer.count(.unknownOutcome)
            let isForgotten = session.flaws.contains(.doubtForgotten)
            session.orphans.add(
                window: window.id, chunk: isForgotten ? nil : chunk.name, now: session.time.now)
            if let following { session.orphans.add(window: following, now: session.time.now) }
            if isForgotten { throw error }
            throw InDoubt(cause: error)
        }
    }

    private func abandon(_ window: Window) async {
        let since = session.time.unixTime
        let flaws = session.flaws
        do {
            _ = try await session.ledger.write(.durable) { ledger in
                try ledger.closeWindow(window, since: since, flaws: flaws)
            }
        } catch {
            session.orphans.add(window: window.id, now: session.time.now)
        }
    }

    /// What a page settles of its chunk: up to its last record, or all of it where it was short.
    private func coverage(_ chunk: Chunk, _ page: [Record]) -> KeyRange {
        if page.count < batchSize { return chunk.rest }
        return KeyRange(
            after: chunk.rest.after,
            through: page.last.flatMap { session.environment.mapping.key(of: $0, on: .source) })
    }

    /// Closes the window, and opens that of the next page in the same transaction: one sync to disk
    /// a page. With a ceiling on the rate the next one is opened when its turn comes.
    private func close(
        _ window: Window, _ chunk: Chunk, _ page: [Record], _ covered: KeyRange,
        _ refused: [RecordID: String], extras: [RecordID], _ following: Int64?
    ) async throws -> Step? {
        let mapping = session.environment.mapping
        let since = session.time.unixTime
        var next = chunk
        next.counters[Copier.copied, default: 0] += Int64(page.count - refused.count)
        next.counters[Copier.refused, default: 0] += Int64(refused.count)
        if page.count < batchSize {
            next.state = .done
            next.owner = nil
        } else {
            next.cursor = covered.through ?? chunk.cursor
        }
        let turned =
            refused.isEmpty
            ? []
            : page.compactMap { record in
                refused[mapping.forward(record).id].map { RefusedKey(key: record.id, reason: $0) }
            }
        let owner = session.owner.number
        let flaws = session.flaws
        let isBare = flaws.contains(.copyWithoutWindow)
        let isEarly = flaws.contains(.checkpointBeforeClose)
        let stays =
            following != nil && next.state != .done
            && session.environment.staleness(of: .source) > .zero
        return try await session.ledger.write(.durable) { [next] ledger in
            // Keys past the page are still to be copied: their turn comes under another window, or
            // with a later page under this one.
            let wasOpen = try ledger.settleWindow(
                window, keeping: covered.contains, listed: extras, staysOpen: stays, since: since,
                flaws: flaws)
            for key in turned { try ledger.refuse(key) }
            let isHeld = try isEarly || ledger.holds(chunk, owner: owner)
            guard wasOpen || isBare, isHeld else {
                for record in page { try ledger.markDirty(record.id, since: since) }
                if stays { _ = try ledger.deleteWindow(window.id) }
                return nil
            }
            try ledger.update(next)
            if stays, wasOpen { return Step(chunk: next, window: window) }
            guard let following, wasOpen, next.state != .done else { return Step(chunk: next) }
            return Step(chunk: next, window: try open(next, following, ledger))
        }
    }
}
