import PlanCore
import Synchronization

/// Milvus holds an id as many times as it was inserted. Each segment gives as many rows as a page
/// asks for, and they become one of each id only then: the next ids of that segment are missing
/// from the page, while larger ones of other segments are in it.
extension MilvusStore {
    /// The beginning of a page that misses nothing: up to where there are no more rows than were
    /// asked for, so that each segment gave all of its own. The least id is always there.
    func whole(
        _ page: [Record], _ cursor: RecordID?, _ limit: Int, _ filter: MilvusFilter,
        _ operation: String, _ shape: MilvusShape
    ) async throws -> ArraySlice<Record> {
        var count = page.count
        while count > 1 {
            let range = KeyRange(after: cursor, through: page[count - 1].id)
            if try await rows(range, filter, operation, shape) <= limit { break }
            count /= 2
        }
        return page.prefix(max(1, count))
    }

    private func rows(
        _ range: KeyRange, _ filter: MilvusFilter, _ operation: String, _ shape: MilvusShape
    ) async throws -> Int {
        let parts = [shape.condition(range)] + (filter.text.map { [$0] } ?? [])
        return try await rows(parts.joined(separator: " and "), operation)
    }

    /// Ascending, where it is found out whether each id is there once: then pages need no look at
    /// how many rows they were made of. What is inserted from now on past the gateways may change
    /// that; what comes through them is upserted.
    func everyID(_ operation: String, _ shape: MilvusShape) async throws -> [RecordID] {
        let everything = shape.condition(.all)
        let before = try await rows(everything, operation)
        let found = try await matching(nil, operation, shape, trusting: true)
        // Ids that are missed only make them fewer, and so does what is deleted meanwhile.
        if max(before, try await rows(everything, operation)) <= found.count {
            holdsEachOnce.store(true, ordering: .relaxed)
            return found
        }
        holdsEachOnce.store(false, ordering: .relaxed)
        return try await matching(nil, operation, shape)
    }
}
