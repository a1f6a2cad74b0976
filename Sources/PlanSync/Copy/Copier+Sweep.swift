import PlanCore

extension Copier {
    /// Keys that the target holds and the source does not: left by an earlier try whose records
    /// were deleted since, or by whoever filled the target before. They are marked, and repair
    /// deletes what the source still does not hold.
    ///
    /// Under the chunk's window, so that a record written after the page was read is touched.
    func sweep(
        _ chunk: Chunk, _ covered: KeyRange, _ page: [Record]
    ) async throws -> [RecordID] {
        let environment = session.environment
        if environment.walksTogether {
            return try await targetKeys(covered) { keys in
                // As a rule nothing is there yet.
                if keys.isEmpty { return [] }
                let present = Set(page.map(\.id))
                return keys.filter { !present.contains($0) }
            }
        }
        // Where the orders differ no range of the target is this chunk's, and a list of all for
        // every page would cost more than the copy: one walk for all.
        guard chunk.number == 0, chunk.cursor == nil else { return [] }
        return try await targetKeys(.all) { keys in
            let present = Set(try await environment.source.get(keys, .idsOnly).map(\.id))
            return keys.filter { !present.contains($0) }
        }
    }

    private func targetKeys(
        _ range: KeyRange, _ extras: ([RecordID]) async throws -> [RecordID]
    ) async throws -> [RecordID] {
        let environment = session.environment
        var found: [RecordID] = []
        var cursor: RecordID?
        while true {
            let page = try await environment.target.scan(
                range, after: cursor, limit: Copier.sweepPage, environment.keyProjection)
            found += try await extras(
                page.compactMap { environment.mapping.key(of: $0, on: .target) })
            guard page.count == Copier.sweepPage, let last = page.last else { return found }
            cursor = last.id
        }
    }

    private static let sweepPage = 1_000
}
