import PlanCore

/// Keys that the target holds and the source does not: left by an earlier try whose records were
/// deleted since, or by whoever filled the target before. They are marked, and repair deletes what
/// the source still does not hold.
extension Copier {
    private static let sweepPage = 1_000

    /// Those of a page's range, where that is a range of the target, too. Under the chunk's window,
    /// so that a record written after the page was read is touched.
    func extras(_ covered: KeyRange, _ page: [Record]) async throws -> [RecordID] {
        let environment = session.environment
        guard environment.walksTogether else { return [] }
        var found: [RecordID] = []
        var cursor: RecordID?
        while true {
            let held = try await environment.target.scan(
                covered, after: cursor, limit: Copier.sweepPage, .idsOnly)
            // As a rule nothing is there yet.
            if !held.isEmpty {
                let present = Set(page.map(\.id))
                found += held.compactMap { environment.mapping.key(of: $0, on: .target) }
                    .filter { !present.contains($0) }
            }
            guard held.count == Copier.sweepPage, let last = held.last else { return found }
            cursor = last.id
        }
    }

    /// Those of the whole target, where the orders differ, so that no range of it is a chunk's, or
    /// where a list of all for every page would cost more than the copy.
    ///
    /// It needs no window: what is written meanwhile goes to both sides, and a mark on a key that the
    /// source does hold costs a repair and changes nothing.
    func sweep(_ chunk: Chunk) async throws {
        let environment = session.environment
        let owner = session.owner.number
        var chunk = chunk
        while chunk.state != .done {
            try Task.checkCancellation()
            if ceiling.isPassed { throw RefusedCeiling.Passed() }
            let page = try await environment.target.scan(
                .all, after: chunk.cursor, limit: Copier.sweepPage, environment.keyProjection)
            if !page.isEmpty { try await rate.pass(page.count) }
            let extras =
                session.flaws.contains(.copyWithoutSweep)
                ? [] : try await environment.extras(among: page)
            try await session.confirmFilled(.source, lacking: extras)
            var next = chunk
            next.counters[Copier.swept, default: 0] += Int64(page.count)
            next.move(past: page, limit: Copier.sweepPage)
            let since = session.time.unixTime
            let isHeld = try await session.ledger.write(.durable) { [chunk, next] ledger in
                guard try ledger.holds(chunk, owner: owner) else { return false }
                for key in extras { try ledger.markDirty(key, since: since) }
                try ledger.update(next)
                return true
            }
            // The chunk was taken from this worker while it slept.
            guard isHeld else { return }
            chunk = next
        }
    }
}

extension Session {
    /// Before a walk has the other side lose what this one lacks. What is marked already the
    /// application deleted, or another walk was told.
    func confirmFilled(_ side: Side, lacking keys: [RecordID]) async throws {
        if keys.isEmpty { return }
        let isNews = try await ledger.read { ledger in
            try keys.contains { try !ledger.isDirty($0) }
        }
        if isNews { try await environment.confirmFilled(side) }
    }
}

extension SyncEnvironment {
    /// Keys of the target's records that the source does not hold.
    func extras(among page: [Record]) async throws -> [RecordID] {
        if page.isEmpty { return [] }
        let keys = page.compactMap { mapping.key(of: $0, on: .target) }
        let present = Set(try await source.get(keys, .idsOnly).map(\.id))
        return keys.filter { !present.contains($0) }
    }
}

extension Chunk {
    /// A page of the target was looked at, of as many records as were asked for, or the last.
    mutating func move(past page: [Record], limit: Int) {
        if page.count == limit, let last = page.last {
            cursor = last.id
        } else {
            state = .done
            owner = nil
        }
    }
}
