import PlanCore

/// Where a page leaves its chunk.
struct CopyStep: Sendable {
    var chunk: Chunk
    /// That of the next page, where it is open already.
    var window: Window?
    /// How many pages the window has seen settled.
    var settled = 0
    /// The next page, read under that window while the last one was written.
    var ahead: [Record]?
}

extension Copier {
    /// How many pages one window serves: whoever waits for it waits no longer than for these, and
    /// what is written meanwhile past the page in hand is marked without need.
    static let pagesOfWindow = 16

    func copyPages(_ chunk: Chunk) async throws {
        var step = CopyStep(chunk: chunk)
        var waitedOut: Int64?
        while step.chunk.state != .done {
            if ceiling.isPassed {
                if let window = step.window { await abandon(window) }
                throw RefusedCeiling.Passed()
            }
            if step.window == nil {
                try await rate.pass(batchSize)
                switch try await open(step.chunk) {
                case .opened(let window): step = CopyStep(chunk: step.chunk, window: window)
                case .notNow: break
                case .lost: return
                }
            }
            guard let window = step.window else {
                try await session.time.sleep(for: .milliseconds(50))
                continue
            }
            if Task.isCancelled {
                await abandon(window)
                throw CancellationError()
            }
            let waits = waitedOut != window.id
            guard let next = try await copyPage(step, window, waits: waits) else {
                // The chunk was taken from this worker while it slept.
                return
            }
            if next.chunk.refused > step.chunk.refused { await ceiling.look(session.ledger) }
            waitedOut = window.id
            step = next
        }
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
        _ step: CopyStep, _ window: Window, waits: Bool
    ) async throws -> CopyStep? {
        let environment = session.environment
        let chunk = step.chunk
        let following = rate.isOpen ? session.identifiers.next() : nil
        let isLagging = environment.staleness(of: .source) > .zero
        let stays = following != nil && (isLagging || step.settled + 1 < Copier.pagesOfWindow)
        do {
            if waits { try await environment.waitOutStaleness(of: .source) }
            let page: [Record]
            if let ahead = step.ahead {
                page = ahead
            } else {
                page = try await read(chunk, after: chunk.cursor)
            }
            let covered = coverage(chunk, page)
            let isFull = page.count >= batchSize
            async let ahead =
                stays && isFull ? try? await read(chunk, after: covered.through) : nil
            let (refused, extras) = try await write(page, of: chunk, covered)
            await environment.crashPoints.reach(.chunkWritten)
            var next = try await settle(
                Settlement(
                    chunk: chunk, window: window, page: page, covered: covered, refused: refused,
                    extras: extras, following: following, stays: stays && isFull))
            await environment.crashPoints.reach(.windowClosed)
            if next?.window?.id == window.id {
                // What could not be read ahead is read in its turn, which says why.
                next?.ahead = await ahead
                next?.settled = step.settled + 1
            }
            return next
        } catch let error as StoreError where error.isDefinite {
            await abandon(window)
            throw error
        } catch {
            // The write may still land, or nobody can say whether the window was closed: it stays
            // open until nothing can land any more.
            environment.observer.count(.unknownOutcome)
            let isForgotten = session.flaws.contains(.doubtForgotten)
            session.orphans.add(
                window: window.id, chunk: isForgotten ? nil : chunk.name, now: session.time.now)
            if let following { session.orphans.add(window: following, now: session.time.now) }
            if isForgotten { throw error }
            throw InDoubt(cause: error)
        }
    }

    private func read(_ chunk: Chunk, after cursor: RecordID?) async throws -> [Record] {
        try await session.environment.source.scan(
            .init(after: chunk.range.after, through: chunk.range.through), after: cursor,
            limit: batchSize)
    }

    /// What the target refused of the page, and what it holds in its range that the source does
    /// not.
    private func write(
        _ page: [Record], of chunk: Chunk, _ covered: KeyRange
    ) async throws -> (refused: [RecordID: String], extras: [RecordID]) {
        let environment = session.environment
        if session.flaws.contains(.checkpointBeforeClose), let last = page.last {
            var early = chunk
            early.cursor = environment.mapping.key(of: last, on: .source)
            try await session.ledger.write(.durable) { [early] in try $0.update(early) }
        }
        let extras =
            session.flaws.contains(.copyWithoutSweep) ? [] : try await extras(covered, page)
        try await session.confirmFilled(.source, lacking: extras)
        let refused = try await environment.target.upsertAccepted(
            page.map(environment.mapping.forward), areNew: true)
        return (refused, extras)
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

    /// A page that was written, and what it was written under.
    private struct Settlement {
        var chunk: Chunk
        var window: Window
        var page: [Record]
        var covered: KeyRange
        var refused: [RecordID: String]
        var extras: [RecordID]
        /// The id of the next window, where one is opened at once.
        var following: Int64?
        /// The window stays open for the next page.
        var stays: Bool
    }

    /// Settles a page under its window; where that closes, the window of the next page is opened in
    /// the same transaction: one sync to disk a page. With a ceiling on the rate the next one is
    /// opened when its turn comes.
    private func settle(_ done: Settlement) async throws -> CopyStep? {
        let next = advanced(done)
        let mapping = session.environment.mapping
        let turned =
            done.refused.isEmpty
            ? []
            : done.page.compactMap { record in
                done.refused[mapping.forward(record).id].map {
                    RefusedKey(key: record.id, side: .target, reason: $0)
                }
            }
        let since = session.time.unixTime
        let owner = session.owner.number
        let flaws = session.flaws
        let isBare = flaws.contains(.copyWithoutWindow)
        let isEarly = flaws.contains(.checkpointBeforeClose)
        return try await session.ledger.write(.durable) { ledger in
            // Keys past the page are still to be copied: their turn comes under another window, or
            // with a later page under this one.
            let wasOpen = try ledger.settleWindow(
                done.window, keeping: done.covered.contains, listed: done.extras,
                staysOpen: done.stays, since: since, flaws: flaws)
            for key in turned { try ledger.refuse(key) }
            let isHeld = try isEarly || ledger.holds(done.chunk, owner: owner)
            guard wasOpen || isBare, isHeld else {
                for record in done.page { try ledger.markDirty(record.id, since: since) }
                if done.stays { _ = try ledger.deleteWindow(done.window.id) }
                return nil
            }
            try ledger.update(next)
            if done.stays, wasOpen { return CopyStep(chunk: next, window: done.window) }
            guard let following = done.following, wasOpen, next.state != .done else {
                return CopyStep(chunk: next)
            }
            return CopyStep(chunk: next, window: try open(next, following, ledger))
        }
    }

    private func advanced(_ done: Settlement) -> Chunk {
        var next = done.chunk
        next.counters[Copier.copied, default: 0] += Int64(done.page.count - done.refused.count)
        next.counters[Copier.refused, default: 0] += Int64(done.refused.count)
        if done.page.count < batchSize {
            next.state = .done
            next.owner = nil
        } else {
            next.cursor = done.covered.through ?? done.chunk.cursor
        }
        return next
    }
}

extension Chunk {
    fileprivate var refused: Int64 { counters[Copier.refused] ?? 0 }
}
