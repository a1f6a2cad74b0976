import PlanCore

extension ChromaStore {
    package func scan(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, matching filter: Filter?,
        _ projection: Projection
    ) async throws -> [Record] {
        guard limit > 0 else { return [] }
        return try await run("scan") { shape in
            let rendered = ChromaFilter(filter, documentField: self.configuration.documentField)
            let residual = rendered.isExact ? nil : filter
            var parts = Parts(projection)
            if residual != nil { parts.payload = true }
            var rest = try await self.rest(range, filter, cursor, rendered, shape)
            var page: [Record] = []
            while page.count < limit, !rest.ids.isEmpty {
                // As many as are wanted: those that are gone by now are made up for.
                let some = rest.ids.prefix(min(limit - page.count, ChromaServer.batchMax))
                rest.ids = rest.ids.dropFirst(some.count)
                var found = try await self.fetch(some.map(\.text), parts, "scan", shape)
                if let residual { found.removeAll { !residual.matches($0) } }
                page += found.sorted { $0.id < $1.id }
            }
            if let last = page.last, !rest.ids.isEmpty {
                rest.cursor = last.id
                self.listings.keep(rest)
            }
            if projection == .idsOnly {
                for index in page.indices { page[index].payload = [:] }
            }
            return page
        }
    }

    /// What is left to scan: of an earlier page's list, or of a list made now.
    private func rest(
        _ range: KeyRange, _ filter: Filter?, _ cursor: RecordID?, _ rendered: ChromaFilter,
        _ shape: ChromaShape
    ) async throws -> ChromaListings.Rest {
        if let cursor, let known = listings.take(range, filter, after: cursor) { return known }
        let start = ContinuousClock.now
        let lower = KeyRange(after: cursor ?? range.after, through: range.through)
        let ids: ArraySlice<RecordID>
        if rendered.ids == nil, rendered.condition == .everything {
            ids = lower.part(of: try await all("scan", shape))
        } else {
            ids = try await candidates(rendered, "scan", shape).filter(lower.contains).sorted()[...]
        }
        return ChromaListings.Rest(
            range: range, filter: filter, cursor: cursor ?? .int(0), ids: ids, made: start,
            cost: .now - start)
    }

    /// Every id, in order; those who ask at the same time share a list.
    func all(_ operation: String, _ shape: ChromaShape) async throws -> [RecordID] {
        try await turns.ids(of: shape.id) {
            try await self.list(.everything, operation, shape).map(shape.recordID).sorted()
        }
    }
}

extension KeyRange {
    /// What lies in it of ids that are in order; a copy where the rest would only be held.
    fileprivate func part(of ids: [RecordID]) -> ArraySlice<RecordID> {
        let start = after.map { last in ids.firstIndex(sorted: { $0 > last }) } ?? 0
        let end = through.map { last in ids.firstIndex(sorted: { $0 > last }) } ?? ids.count
        let part = ids[start..<max(start, end)]
        return part.count < ids.count / 2 ? Array(part)[...] : part
    }
}

extension Array {
    /// The first index of one that satisfies, where all after it do, too; the count where none does.
    fileprivate func firstIndex(sorted satisfies: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if satisfies(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
