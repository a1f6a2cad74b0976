import PlanCore

/// A walk of the whole collection, shared by any number of workers: its ranges are fixed once.
package struct ChunkQueue: Sendable {
    package let task: String
    let session: Session

    package init(task: String, session: Session) {
        self.task = task
        self.session = session
    }

    /// Lays the ranges out, unless they are there already.
    ///
    /// - Parameter sweeps: whether there is a walk over all of the target besides.
    package func prepare(_ ranges: [KeyRange], sweeps: Bool) async throws {
        let task = task
        try await session.ledger.write(.durable) { ledger in
            guard try ledger.chunks(task: task).isEmpty else { return }
            if sweeps {
                try ledger.insert(Chunk(task: task, number: Chunk.sweep, range: .all))
            }
            for (number, range) in ranges.enumerated() {
                try ledger.insert(Chunk(task: task, number: number, range: range))
            }
        }
    }

    /// The next chunk that waits, or that this session was given without being told; nil where
    /// there is none. A ceiling that is passed throws.
    func take(under ceiling: RefusedCeiling? = nil) async throws -> Chunk? {
        let task = task
        let owner = session.owner.number
        let inHand = session.chunks
        let ticket = inHand.ticket()
        do {
            return try await takeOne(task, owner, inHand, ticket, ceiling)
        } catch {
            inHand.drop(ticket: ticket)
            throw error
        }
    }

    private func takeOne(
        _ task: String, _ owner: Int64, _ inHand: ChunksInHand, _ ticket: Int,
        _ ceiling: RefusedCeiling?
    ) async throws -> Chunk? {
        try await session.ledger.write(.durable) { ledger -> Chunk? in
            let chunks = try ledger.chunks(task: task)
            try ceiling?.check(chunks, ledger)
            let next = chunks.first { chunk in
                chunk.state == .waiting
                    || chunk.state == .active && chunk.owner == owner
                        && !inHand.contains(chunk.name)
            }
            guard var chunk = next else { return nil }
            chunk.state = .active
            chunk.owner = owner
            try ledger.update(chunk)
            // In this transaction: two workers of one process never take the same.
            inHand.take(chunk.name, ticket)
            return chunk
        }
    }

    /// Gives a chunk back as it stands, for anybody to go on with. Where the ledger does not
    /// answer, this session's next worker takes it again.
    func giveBack(_ chunk: Chunk) async {
        let owner = session.owner.number
        _ = try? await session.ledger.write(.durable) { ledger in
            try ledger.giveBack(chunk.name, from: owner)
        }
        session.chunks.drop(chunk.name)
    }

    package func progress() async throws -> ChunkProgress {
        let task = task
        let chunks = try await session.ledger.read { try $0.chunks(task: task) }
        return ChunkProgress(chunks)
    }
}

extension Chunk {
    /// Stands before the ranges of the source: all of the target, for what the source does not hold.
    /// Its cursor is an id of the target's.
    static let sweep = -1

    var isSweep: Bool { number == Chunk.sweep }
    var name: ChunkName { ChunkName(task: task, number: number) }
}

/// How far a walk is.
package struct ChunkProgress: Hashable, Sendable {
    package var chunks = 0
    package var done = 0
    package var counters: [String: Int64] = [:]

    package init(_ chunks: [Chunk]) {
        self.chunks = chunks.count
        for chunk in chunks {
            if chunk.state == .done { done += 1 }
            counters.merge(chunk.counters) { $0 + $1 }
        }
    }

    package var isComplete: Bool { chunks > 0 && done == chunks }
    package subscript(counter: String) -> Int64 { counters[counter] ?? 0 }
}
