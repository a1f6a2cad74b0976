import PlanCore

/// Compares both stores in both directions, range by range, while writes go on. A difference
/// counts only after a re-check under an intent.
package struct Verifier: Walk {
    private let session: Session
    private let queue: ChunkQueue
    private let stand = Standstill()
    private let batchSize: Int
    private let rate: RateLimit
    private let recheck: Recheck

    /// `task` names this verification: one name is one walk of the collection, resumed by it.
    package init(
        session: Session, task: String, repairs: Bool, batchSize: Int, rate: RateLimit
    ) {
        self.session = session
        queue = ChunkQueue(task: task, session: session)
        self.batchSize = batchSize
        self.rate = rate
        recheck = Recheck(session: session, repairs: repairs, task: task)
    }

    package func prepare(ranges count: Int) async throws {
        if try await queue.progress().chunks > 0 { return }
        let environment = session.environment
        try await queue.prepare(
            try await environment.source.partitions(count), sweeps: !environment.walksTogether)
    }

    package func progress() async throws -> ChunkProgress { try await queue.progress() }

    package func tally() async throws -> VerifyTally {
        VerifyTally(try await queue.progress().counters)
    }

    package var trouble: String? { stand.trouble }
    package func forgetTrouble() { stand.forgetTrouble() }

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
                stand.begin(chunk)
                // Nothing of a comparison can land late: where it ends, the range is free.
                do {
                    if chunk.isSweep { try await sweep(chunk) } else { try await compare(chunk) }
                } catch {
                    await queue.giveBack(chunk)
                    throw error
                }
                session.chunks.drop(chunk.name)
                stand.end(chunk)
                failures = 0
            } catch {
                guard stand.bears(error) else { throw error }
                failures += 1
                let pause = min(Duration.milliseconds(100) * (1 << min(failures, 8)), .seconds(20))
                try await session.time.sleep(for: pause)
            }
        }
    }

    private func compare(_ chunk: Chunk) async throws {
        var chunk = chunk
        while chunk.state != .done {
            try await rate.pass(batchSize)
            let (covered, page, suspects) = try await comparePage(chunk)
            var tally = try await recheck.confirm(suspects)
            tally.compared = Int64(page)
            chunk.counters.merge(tally.counters) { $0 + $1 }
            if covered.through == chunk.range.through {
                chunk.state = .done
                chunk.owner = nil
            } else {
                chunk.cursor = covered.through
            }
            try await session.ledger.write(.durable) { [chunk] in try $0.update(chunk) }
        }
    }

    /// One page of the source against the target: what was covered, how many records the source
    /// has there, and the keys that look different.
    private func comparePage(_ chunk: Chunk) async throws -> (KeyRange, Int, [RecordID]) {
        let environment = session.environment
        let page = try await environment.source.scan(
            chunk.range, after: chunk.cursor, limit: batchSize)
        let end = page.count < batchSize ? chunk.range.through : page.last?.id
        let covered = KeyRange(after: chunk.rest.after, through: end)
        let suspects =
            environment.walksTogether
            ? try await compareInOrder(page, covered) : try await compareByID(page)
        return (covered, page.count, suspects)
    }

    /// Both sides in one order: the target's page of the same range, side by side.
    private func compareInOrder(_ page: [Record], _ covered: KeyRange) async throws -> [RecordID] {
        let environment = session.environment
        let mapping = environment.mapping
        var expected = Dictionary(page.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var suspects: [RecordID] = []
        var cursor: RecordID?
        while true {
            let held = try await environment.target.scan(covered, after: cursor, limit: batchSize)
            for record in held {
                guard let key = mapping.key(of: record, on: .target) else { continue }
                guard let original = expected.removeValue(forKey: key) else {
                    suspects.append(key)
                    continue
                }
                if !mapping.agrees(source: original, target: record) { suspects.append(key) }
            }
            if held.count < batchSize { break }
            cursor = held.last?.id
        }
        return suspects + expected.keys.sorted()
    }

    private func compareByID(_ page: [Record]) async throws -> [RecordID] {
        let environment = session.environment
        let mapping = environment.mapping
        let ids = page.compactMap { mapping.id(of: $0.id, on: .target) }
        var held: [RecordID: Record] = [:]
        for record in try await environment.target.get(ids, .full) {
            if let key = mapping.key(of: record, on: .target) { held[key] = record }
        }
        return page.filter { record in
            held[record.id].map { !mapping.agrees(source: record, target: $0) } ?? true
        }.map(\.id)
    }

    /// The other direction where the two are not walked together: every target record has its source.
    private func sweep(_ chunk: Chunk) async throws {
        let environment = session.environment
        var chunk = chunk
        while chunk.state != .done {
            let page = try await environment.target.scan(
                .all, after: chunk.cursor, limit: batchSize, environment.keyProjection)
            if !page.isEmpty { try await rate.pass(page.count) }
            let tally = try await recheck.confirm(try await environment.extras(among: page))
            chunk.counters.merge(tally.counters) { $0 + $1 }
            chunk.move(past: page, limit: batchSize)
            try await session.ledger.write(.durable) { [chunk] in try $0.update(chunk) }
        }
    }
}
