import PlanCore
import Postgres

extension PostgresStore {
    package func count(matching filter: Filter?) async throws -> Int {
        try await run("count", .none, limit: patience) { session, shape in
            let rendered = filter.map { PostgresFilter($0, shape: shape, first: 1) }
            var parameters = PostgresParameters()
            rendered?.add(to: &parameters)
            let condition = rendered.map { " WHERE \($0.sql)" } ?? ""
            let found = try session.connection.query(
                "SELECT count(*) FROM \(shape.table) AS t\(condition)", parameters)
            return Int(found.integer(0, 0) ?? 0)
        }
    }

    package func get(_ ids: [RecordID], _ projection: Projection) async throws -> [Record] {
        let ids = Set(ids).sorted()
        guard !ids.isEmpty else { return [] }
        return try await run("get", .none) { session, shape in
            let possible = ids.filter { shape.couldHold($0) }
            guard !possible.isEmpty else { return [] }
            var parameters = PostgresParameters(capacity: possible.count * 24)
            shape.add(possible, to: &parameters)
            let found = try session.connection.query(
                "SELECT \(shape.columns(projection)) FROM \(shape.table) AS t "
                    + "WHERE \(shape.id) = ANY($1::\(shape.idType.array))", parameters)
            return try shape.records(found, projection)
        }
    }

    package func scan(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, matching filter: Filter?,
        _ projection: Projection
    ) async throws -> [Record] {
        guard limit > 0 else { return [] }
        return try await run("scan", .none) { session, shape in
            var parameters = PostgresParameters()
            var conditions: [String] = []
            for (bound, sign) in [(cursor ?? range.after, ">"), (range.through, "<=")] {
                guard let bound = bound?.cutAtNUL else { continue }
                guard shape.couldHold(bound) else {
                    throw PostgresFailure.refused(
                        "the id '\(bound.text.prefix(60))' does not fit ids of kind "
                            + shape.description.idKind.rawValue, "scan")
                }
                shape.add(bound, to: &parameters)
                conditions.append(
                    "\(shape.orderedID) \(sign) $\(parameters.count)::\(shape.idType.scalar)")
            }
            if let filter {
                let rendered = PostgresFilter(
                    filter, shape: shape, first: parameters.count + 1)
                rendered.add(to: &parameters)
                conditions.append(rendered.sql)
            }
            let condition =
                conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND ")) "
            // The limit is part of the text: the plan is made for pages, not for a tenth of all.
            let found = try session.connection.query(
                "SELECT \(shape.columns(projection)) FROM \(shape.table) AS t \(condition)"
                    + "ORDER BY \(shape.orderedID) LIMIT \(limit)", parameters)
            return try shape.records(found, projection, keepsText: filter == nil)
        }
    }

    /// The bounds are ids that are there, at equal distances; in a large table those of a sample.
    package func partitions(_ count: Int) async throws -> [KeyRange] {
        guard count > 1 else { return [.all] }
        return try await run("partitions", .none, limit: patience) { session, shape in
            let connection = session.connection
            let estimate = try connection.once(
                "SELECT reltuples::float8, relkind = 'r' FROM pg_class WHERE oid = "
                    + "\(PostgresText.quoted(literal: shape.table))::regclass")
            let rows = estimate.double(0, 0) ?? 0
            var sample = ""
            if rows > 1_000_000, estimate.bool(0, 1) == true {
                let share = min(100, 100 * Double(max(100_000, count * 200)) / rows)
                sample = " TABLESAMPLE SYSTEM (\(share))"
            }
            var parameters = PostgresParameters()
            parameters.add(Int64(count))
            let bounds = try connection.once(
                """
                SELECT s.id FROM (SELECT \(shape.id) AS id, count(*) OVER () AS total,
                    row_number() OVER (ORDER BY \(shape.orderedID)) AS n
                    FROM \(shape.table) AS t\(sample)) AS s
                WHERE s.n < s.total AND s.n * $1 / s.total > (s.n - 1) * $1 / s.total
                ORDER BY s.n
                """, parameters)
            let ids = try (0..<bounds.count).map { try shape.recordID(bounds, $0) }
            return KeyRange.split(at: ids)
        }
    }

    package func search(_ query: Query) async throws -> [Hit] {
        guard query.k > 0 else { return [] }
        return try await run("search", .none) { session, shape in
            let spec = shape.description.vector(query.using)
            guard let spec, let column = shape.vectors.first(where: { $0.name == query.using })
            else {
                throw PostgresFailure.refused(
                    "the collection has no vector '\(query.using)'", "search")
            }
            let wanted = query.vector
            if (wanted.dense == nil) != spec.isSparse {
                throw PostgresFailure.refused(
                    "the query is \(spec.isSparse ? "dense" : "sparse") where the vector "
                        + "'\(query.using)' is not", "search")
            }
            if let unfit = shape.unfit(wanted, query.using) {
                throw PostgresFailure.refused("the query \(unfit)", "search")
            }
            guard wanted.isFinite, wanted.count == spec.dimension || spec.dimension == 0
            else {
                throw PostgresFailure.refused(
                    "the query has \(query.vector.count) entries where \(spec.dimension) finite "
                        + "ones belong", "search")
            }
            var parameters = PostgresParameters(capacity: wanted.count * 4 + 256)
            parameters.add(type: session.type(of: column.kind).element) {
                PostgresShape.encode(wanted, as: column.kind, to: &$0)
            }
            var condition = "t.\(PostgresShape.quoted(column.column)) IS NOT NULL"
            if let filter = query.filter {
                let rendered = PostgresFilter(filter, shape: shape, first: 2)
                rendered.add(to: &parameters)
                condition += " AND \(rendered.sql)"
            }
            let distance =
                "t.\(PostgresShape.quoted(column.column)) \(spec.distance.sqlOperator) "
                + "$1::\(column.kind.wire)\(column.kind == .half ? "::halfvec" : "")"
            let columns = shape.columns(
                payload: query.includePayload, vectors: query.includeVectors)
            let sql =
                "SELECT \(columns), (\(distance))::float8 FROM \(shape.table) AS t "
                + "WHERE \(condition) ORDER BY \(distance) LIMIT \(query.k)"
            try session.tune(
                efSearch: PostgresStore.candidates(query.k, self.configuration),
                atLeast: self.configuration.efSearch == nil, probes: self.configuration.probes)
            var found = try session.connection.query(sql, parameters)
            // An HNSW scan ends early where the neighbourhood is full of dead rows of a key that is
            // written all the time, iterative or not: seen with 0.8.5. Fewer than asked for,
            // unfiltered, is asked again with the widest search, then without the index.
            if found.count < query.k, query.filter == nil {
                try session.tune(efSearch: 1_000, probes: self.configuration.probes)
                found = try session.connection.query(sql, parameters)
            }
            if found.count < query.k, query.filter == nil {
                let exact = sql.replacing(
                    "ORDER BY \(distance) LIMIT", with: "ORDER BY (\(distance)) + 0 LIMIT")
                found = try session.connection.query(exact, parameters)
            }
            return try PostgresStore.hits(found, query, shape)
        }
    }

    private static func hits(
        _ found: PostgresResult, _ query: Query, _ shape: PostgresShape
    ) throws -> [Hit] {
        var hits: [Hit] = []
        for row in 0..<found.count {
            let record = try shape.record(
                found, row, payload: query.includePayload, vectors: query.includeVectors)
            let distance = found.double(row, found.columns - 1) ?? .nan
            // A vector of length zero has no direction: pgvector says NaN, we say 1.
            hits.append(Hit(record: record, distance: distance.isNaN ? 1 : distance))
        }
        return hits.sorted {
            $0.distance != $1.distance ? $0.distance < $1.distance : $0.record.id < $1.record.id
        }
    }

    /// An HNSW index gives no more rows than its `ef_search`, which is 40 unless it is set.
    private static func candidates(_ k: Int, _ configuration: PostgresStoreConfiguration) -> Int? {
        let least = configuration.efSearch ?? 40
        return configuration.efSearch == nil && k <= 40 ? nil : min(max(least, k), 1_000)
    }
}

extension RecordID {
    /// As a bound: no text here holds NUL, and between those that hold none, and that with all
    /// that followed it, there is nothing.
    fileprivate var cutAtNUL: RecordID {
        guard case .string(let text) = self, let end = text.utf8.firstIndex(of: 0) else {
            return self
        }
        return .string(String(text[..<end]))
    }
}
