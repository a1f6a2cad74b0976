import PlanCore

extension FilesStore {
    package func count(matching filter: Filter?) async throws -> Int {
        try await searcher.read("count") { index in
            guard let filter else { return try index.number("SELECT count(*) FROM records") }
            var count = 0
            try index.walk(.all) { entry in
                if filter.matches(try index.record(entry, .withoutVectors)) { count += 1 }
                return true
            }
            return count
        }
    }

    package func get(_ ids: [RecordID], _ projection: Projection) async throws -> [Record] {
        try await reader.read("get") { index in
            try Set(ids).sorted().compactMap { try index.get($0, projection) }
        }
    }

    package func scan(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, matching filter: Filter?,
        _ projection: Projection
    ) async throws -> [Record] {
        try await reader.read("scan") { index in
            var page: [Record] = []
            guard limit > 0 else { return page }
            guard let filter else {
                let entries = try index.page(
                    range, after: cursor, limit: limit, idsOnly: projection == .idsOnly)
                return try entries.map { try index.record($0, projection) }
            }
            try index.walk(range, after: cursor) { entry in
                let candidate = try index.record(entry, .withoutVectors)
                if filter.matches(candidate) {
                    page.append(
                        projection == .withoutVectors
                            ? candidate : try index.record(entry, projection))
                }
                return page.count < limit
            }
            return page
        }
    }

    package func partitions(_ count: Int) async throws -> [KeyRange] {
        try await searcher.read("partitions") { index in
            let records = try index.number("SELECT count(*) FROM records")
            let parts = max(1, min(count, records))
            guard parts > 1 else { return [.all] }
            var bounds: [RecordID] = []
            var seen = 0
            try index.walk(.all, idsOnly: true) { entry in
                seen += 1
                if seen == records * (bounds.count + 1) / parts { bounds.append(entry.id) }
                return bounds.count < parts - 1
            }
            return KeyRange.split(at: bounds)
        }
    }

    package func search(_ query: Query) async throws -> [Hit] {
        guard query.k > 0 else { return [] }
        return try await searcher.read("search") { index in
            let place = index.description.vectors.firstIndex { $0.name == query.using }
            guard let place else {
                throw FilesFailure.error(
                    .refused, "the collection has no vector '\(query.using)'", "search")
            }
            let spec = index.description.vectors[place]
            var top = TopK(k: query.k)
            switch query.vector {
            case .dense(let wanted)
            where !spec.isSparse && wanted.count == spec.dimension
                && query.vector.isFinite:
                try self.nearest(wanted, place, query.filter, index, &top)
            case .sparse(let indices, let values) where spec.isSparse && query.vector.isFinite:
                let wanted = Dictionary(zip(indices, values), uniquingKeysWith: { $1 })
                try self.nearest(wanted, spec.name, query.filter, index, &top)
            default:
                throw FilesFailure.error(
                    .refused,
                    "the query has \(query.vector.count) entries where "
                        + (spec.isSparse
                            ? "a sparse vector belongs" : "\(spec.dimension) finite ones belong"),
                    "search")
            }
            let projection: Projection =
                query.includeVectors ? .full : query.includePayload ? .withoutVectors : .idsOnly
            return try top.sorted.compactMap { distance, id in
                guard var record = try index.get(id, projection) else { return nil }
                if !query.includePayload { record.payload = [:] }
                return Hit(record: record, distance: Double(distance))
            }
        }
    }

    private func nearest(
        _ wanted: [Float], _ place: Int, _ filter: Filter?, _ index: FilesIndex,
        _ top: inout TopK
    ) throws {
        let metric = index.description.vectors[place].distance
        var held = [Float](repeating: 0, count: wanted.count)
        let length = wanted.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { Similarity.length(of: $0, buffer.count) } ?? 0
        }
        try index.walk(.all) { entry in
            try held.withUnsafeMutableBytes { try index.read(place, of: entry, into: $0) }
            // A row that is not a number: the record has no such vector.
            if held[0].isNaN { return true }
            var distance = wanted.withUnsafeBufferPointer { a in
                held.withUnsafeBufferPointer { b -> Float in
                    guard let a = a.baseAddress, let b = b.baseAddress else { return .infinity }
                    return Similarity.distance(metric, a, b, wanted.count, length: length)
                }
            }
            if distance.isNaN { distance = .infinity }
            try self.offer(entry, distance, filter, index, &top)
            return true
        }
    }

    /// Sparse vectors are compared by their inner product.
    private func nearest(
        _ wanted: [UInt32: Float], _ name: String, _ filter: Filter?, _ index: FilesIndex,
        _ top: inout TopK
    ) throws {
        try index.walk(.all) { entry in
            let vectors = index.sparse(of: entry, try index.line(entry))
            guard case .sparse(let indices, let values)? = vectors[name] else { return true }
            var product: Float = 0
            var isShared = false
            for (index, value) in zip(indices, values) {
                guard let factor = wanted[index] else { continue }
                product += factor * value
                isShared = true
            }
            if isShared { try self.offer(entry, -product, filter, index, &top) }
            return true
        }
    }

    private func offer(
        _ entry: FilesIndex.Entry, _ distance: Float, _ filter: Filter?, _ index: FilesIndex,
        _ top: inout TopK
    ) throws {
        guard top.admits(distance) else { return }
        if let filter, !filter.matches(try index.record(entry, .withoutVectors)) { return }
        top.add(distance, entry.id)
    }
}
