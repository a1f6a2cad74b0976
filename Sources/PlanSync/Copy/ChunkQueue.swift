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
    package func prepare(_ ranges: [KeyRange]) async throws {
        let task = task
        try await session.ledger.write(.durable) { ledger in
            guard try ledger.chunks(task: task).isEmpty else { return }
            for (number, range) in ranges.enumerated() {
                try ledger.insert(Chunk(task: task, number: number, range: range))
            }
        }
    }

    /// The next chunk that waits, now this session's; nil where none does.
    func take() async throws -> Chunk? {
        let task = task
        let owner = session.owner.number
        return try await session.ledger.write(.durable) { ledger in
            guard var chunk = try ledger.chunks(task: task).first(where: { $0.state == .waiting })
            else { return nil }
            chunk.state = .active
            chunk.owner = owner
            try ledger.update(chunk)
            return chunk
        }
    }

    /// Gives a chunk back as it stands, for anybody to go on with.
    func giveBack(_ chunk: Chunk) async throws {
        let owner = session.owner.number
        try await session.ledger.write(.durable) { ledger in
            guard var now = try ledger.chunk(task: chunk.task, number: chunk.number),
                now.owner == owner, now.state == .active
            else { return }
            now.state = .waiting
            now.owner = nil
            try ledger.update(now)
        }
    }

    package func progress() async throws -> ChunkProgress {
        let task = task
        let chunks = try await session.ledger.read { try $0.chunks(task: task) }
        return ChunkProgress(chunks)
    }
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
