import JSON
import PlanCore
import SQLite

extension SQLiteStore {
    package func count(matching filter: Filter?) async throws -> Int {
        try await reader.run("count") { database in
            let shape = try self.shape(database)
            let rendered = filter.map { SQLiteFilter($0, shape: shape) }
            let condition = rendered.map { " WHERE \($0.sql)" } ?? ""
            let residual = rendered?.residual
            let what = residual == nil ? "count(*)" : shape.columns(.withoutVectors)
            let select = try database.statement(
                "SELECT \(what) FROM \(rendered == nil ? shape.keys : shape.source)\(condition)")
            try rendered?.bind(to: select, from: 1)
            defer { select.reset() }
            guard let residual else { return try select.step() ? Int(select.integer(0)) : 0 }
            var count = 0
            while try select.step() {
                if residual.matches(try shape.record(select, .withoutVectors)) { count += 1 }
            }
            return count
        }
    }

    package func get(_ ids: [RecordID], _ projection: Projection) async throws -> [Record] {
        try await reader.run("get") { database in
            let shape = try self.shape(database)
            try database.execute("BEGIN")
            defer { try? database.execute("COMMIT") }
            let select = try shape.select(projection, database)
            return try Set(ids).sorted().compactMap { try shape.get($0, projection, select) }
        }
    }

    package func scan(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, matching filter: Filter?,
        _ projection: Projection
    ) async throws -> [Record] {
        guard limit > 0 else { return [] }
        return try await reader.run("scan") { database in
            let shape = try self.shape(database)
            let rendered = filter.map { SQLiteFilter($0, shape: shape) }
            let reads = rendered?.residual != nil && projection == .idsOnly
            let columns = reads ? Projection.withoutVectors : projection
            var conditions: [String] = []
            let lower = cursor ?? range.after
            if lower != nil { conditions.append("\(shape.id) > ?") }
            if range.through != nil { conditions.append("\(shape.id) <= ?") }
            if let rendered { conditions.append(rendered.sql) }
            let condition =
                conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
            let select = try database.statement(
                "SELECT \(shape.columns(columns)) FROM "
                    + (columns == .idsOnly && rendered == nil ? shape.keys : shape.source)
                    + "\(condition) "
                    + "ORDER BY \(shape.id)\(rendered?.residual == nil ? " LIMIT \(limit)" : "")")
            defer { select.reset() }
            var place: Int32 = 1
            for bound in [lower, range.through].compactMap({ $0 }) {
                try shape.bind(bound, to: select, place)
                place += 1
            }
            try rendered?.bind(to: select, from: place)
            var page: [Record] = []
            if rendered == nil, columns == .full {
                var scan = PlainScan()
                while page.count < limit, try select.step() {
                    page.append(try shape.record(select, keepingText: &scan))
                }
                return page
            }
            while page.count < limit, try select.step() {
                var record = try shape.record(select, columns)
                if let residual = rendered?.residual, !residual.matches(record) { continue }
                if reads { record.payload = [:] }
                page.append(record)
            }
            return page
        }
    }

    package func partitions(_ count: Int) async throws -> [KeyRange] {
        try await reader.run("partitions") { database in
            let shape = try self.shape(database)
            try database.execute("BEGIN")
            defer { try? database.execute("COMMIT") }
            let total = try database.statement("SELECT count(*) FROM \(shape.keys)")
            defer { total.reset() }
            let records = try total.step() ? Int(total.integer(0)) : 0
            let parts = max(1, min(count, records))
            guard parts > 1 else { return [.all] }
            let select = try database.statement(
                "SELECT \(shape.id) FROM \(shape.keys) ORDER BY \(shape.id)")
            defer { select.reset() }
            // One walk over the ids, rather than one from the beginning for each bound.
            var bounds: [RecordID] = []
            var seen = 0
            while bounds.count < parts - 1, try select.step() {
                seen += 1
                if seen == records * (bounds.count + 1) / parts {
                    bounds.append(shape.recordID(select, 0))
                }
            }
            return KeyRange.split(at: bounds)
        }
    }

    package func search(_ query: Query) async throws -> [Hit] {
        guard query.k > 0 else { return [] }
        return try await searcher.run("search") { database in
            let shape = try self.shape(database)
            guard let spec = shape.description.vector(query.using),
                let column = shape.vectors.first(where: { $0.name == query.using })?.column
            else {
                throw SQLiteFailure.refused(
                    "the collection has no vector '\(query.using)'", "search")
            }
            guard let wanted = query.vector.dense, query.vector.isFinite,
                wanted.count == spec.dimension || spec.dimension == 0
            else {
                throw SQLiteFailure.refused(
                    "the query has \(query.vector.count) entries where \(spec.dimension) finite "
                        + "ones belong", "search")
            }
            try database.execute("BEGIN")
            defer { try? database.execute("COMMIT") }
            let nearest = try nearest(wanted, column, spec, query, shape, database)
            let projection: Projection =
                query.includeVectors ? .full : query.includePayload ? .withoutVectors : .idsOnly
            let select = try shape.select(projection, database)
            return try nearest.compactMap { distance, id in
                guard var record = try shape.get(id, projection, select) else { return nil }
                if !query.includePayload { record.payload = [:] }
                return Hit(record: record, distance: Double(distance))
            }
        }
    }

    private func nearest(
        _ wanted: [Float], _ column: String, _ spec: VectorSpec, _ query: Query,
        _ shape: SQLiteShape, _ database: SQLiteDatabase
    ) throws -> [(distance: Float, id: RecordID)] {
        let rendered = query.filter.map { SQLiteFilter($0, shape: shape) }
        let residual = rendered?.residual
        let condition = rendered.map { " AND \($0.sql)" } ?? ""
        let select = try database.statement(
            "SELECT \(shape.id), \(column)\(residual == nil ? "" : ", \(shape.payload)") "
                + "FROM \(shape.source) WHERE \(column) IS NOT NULL\(condition)")
        try rendered?.bind(to: select, from: 1)
        defer { select.reset() }
        var top = TopK(k: query.k)
        try wanted.withUnsafeBufferPointer { wanted in
            guard let start = wanted.baseAddress else { return }
            let length = Similarity.length(of: start, wanted.count)
            while try select.step() {
                let bytes = select.blob(1)
                guard bytes.count == spec.dimension * 4, let blob = bytes.baseAddress else {
                    continue
                }
                var distance = Similarity.distance(
                    spec.distance, start, blob.assumingMemoryBound(to: Float.self),
                    spec.dimension, length: length)
                // What a user's own blob, or an overflow, may give is as far as can be.
                if distance.isNaN { distance = .infinity }
                guard top.admits(distance) else { continue }
                let id = shape.recordID(select, 0)
                if let residual {
                    let payload = try shape.payload(select, 2, of: id)
                    guard residual.matches(Record(id: id, vectors: [:], payload: payload)) else {
                        continue
                    }
                }
                top.add(distance, id)
            }
        }
        return top.sorted
    }
}

extension KeyRange {
    /// Ranges between ascending bounds; the first begins and the last ends open.
    static func split(at bounds: [RecordID]) -> [KeyRange] {
        var ranges: [KeyRange] = []
        var after: RecordID?
        for bound in bounds {
            ranges.append(KeyRange(after: after, through: bound))
            after = bound
        }
        return ranges + [KeyRange(after: after, through: nil)]
    }
}
