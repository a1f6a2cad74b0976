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
        let ids = try await candidates(rendered, "scan", shape).filter(lower.contains).sorted()
        return ChromaListings.Rest(
            range: range, filter: filter, cursor: cursor ?? .int(0), ids: ids[...], made: start,
            cost: .now - start)
    }
}
