import JSON
import PlanCore
import Synchronization

extension MilvusStore {
    /// A call that reads, no further behind than the server promises, or as little as a collection
    /// made `Strong` does, whatever other level it was made with. The second version of the API has
    /// to be told; the first does so by itself.
    func read(
        _ operation: String, _ paths: (one: String, two: String), limit: Duration? = nil,
        size: RequestSize.Use? = nil, level: String? = nil,
        _ body: (MilvusServer.Version, inout JSONWriter) -> Void
    ) async throws -> JSONNode? {
        try await call(operation, paths, limit: limit, size: size) { version, writer in
            if version == .two {
                writer.key("consistencyLevel")
                writer.write(level ?? (isStrong.load(ordering: .relaxed) ? "Strong" : "Bounded"))
            }
            body(version, &writer)
        }
    }

    /// Before 2.5.12 a server passes over the level that a query asks for, and answers by the
    /// collection's own. One that heeds it refuses a word that is none.
    func checkLevel(_ shape: MilvusShape, _ operation: String) async throws {
        if shape.isBounded || heedsLevels.load(ordering: .relaxed) { return }
        do {
            _ = try await read(
                operation, ("query", "entities/query"), level: "none"
            ) { _, writer in
                writer.key("filter")
                writer.write(shape.condition(.all))
                writer.key("limit")
                writer.write(1)
                writer.key("outputFields")
                writer.array { $0.write(shape.id) }
            }
        } catch let error as StoreError where error.kind == .refused {
            heedsLevels.store(true, ordering: .relaxed)
            return
        }
        throw server.error(
            .unsupported,
            "the collection '\(configuration.collection)' was made with the consistency level "
                + "'\(shape.level)', which keeps no bound, and this server answers queries by that "
                + "alone; make it again with 'Bounded', or use a server from 2.5.12 on", operation)
    }

    /// Records that satisfy an expression, in the order of their ids, at most `limit`. `patience` in
    /// place of the deadline, where it may go over the whole collection.
    func query(
        _ expression: String, _ limit: Int, _ projection: Projection, _ operation: String,
        _ shape: MilvusShape, patience: Duration? = nil
    ) async throws -> [Record] {
        let fields = projection == .idsOnly ? [shape.id] : ["*"]
        let use = projection == .idsOnly ? nil : reads.use(limit)
        let data = try await read(
            operation, ("query", "entities/query"), limit: patience, size: use
        ) { _, writer in
            writer.key("filter")
            writer.write(expression)
            writer.key("limit")
            writer.write(limit)
            writer.key("outputFields")
            writer.array { for field in fields { $0.write(field) } }
        }
        let payload = MilvusPayload(shape)
        return try (data?.items ?? []).map { row in
            guard let id = shape.recordID(row[shape.id]) else {
                throw server.channel.failure.foreign(
                    "a record without an id", operation, mayBeApplied: false)
            }
            var record = Record(id: id, vectors: [:])
            if projection == .full, let floats = row[shape.vector]?.floats {
                record.vectors[Record.defaultVector] = .dense(floats)
            }
            if projection != .idsOnly { record.payload = payload.read(row.fields, shape) }
            return record
        }
    }

    package func get(_ ids: [RecordID], _ projection: Projection) async throws -> [Record] {
        try await run("get") { try await self.fetch(ids, projection, "get", $0) }
    }

    func fetch(
        _ ids: [RecordID], _ projection: Projection, _ operation: String, _ shape: MilvusShape
    ) async throws -> [Record] {
        let held = Set(ids).filter(shape.holds).sorted()
        var found: [Record] = []
        var start = 0
        while start < held.count {
            let most = projection == .idsOnly ? MilvusStore.batchMax : reads.records
            let some = held[start..<min(start + most, held.count)]
            start += most
            // Rows are counted before those of one id become one.
            found += try await query(
                shape.among(some), MilvusStore.pageMax, projection, operation, shape)
        }
        return found
    }

    package func count(matching filter: Filter?) async throws -> Int {
        try await run("count") { shape in
            let rendered = MilvusFilter(filter, shape)
            guard rendered.isExact else {
                return try await self.matching(filter, "count", shape).count
            }
            return try await self.rows(rendered.text ?? shape.condition(.all), "count")
        }
    }

    /// Of every copy of an id that is there several times.
    func rows(_ expression: String, _ operation: String) async throws -> Int {
        let data = try await read(
            operation, ("query", "entities/query"), limit: patience
        ) { _, writer in
            writer.key("filter")
            writer.write(expression)
            // None: what is left out is 100.
            writer.key("limit")
            writer.write(0)
            writer.key("outputFields")
            writer.array { $0.write("count(*)") }
        }
        guard let row = data?.items.first else { return 0 }
        let count = row["count(*)"]
        guard let number = count?.int ?? count?.string.flatMap({ Int($0) }) else {
            throw server.channel.failure.foreign(
                "the count is no number", operation, mayBeApplied: false)
        }
        return number
    }

    /// Every id that satisfies a filter, ascending.
    func matching(
        _ filter: Filter?, _ operation: String, _ shape: MilvusShape, trusting: Bool = false
    ) async throws -> [RecordID] {
        var found: [RecordID] = []
        var cursor: RecordID?
        while true {
            let page = try await page(
                .all, cursor, MilvusStore.batchMax, filter, .idsOnly, operation, shape,
                trusting: trusting)
            found += page.map(\.id)
            guard page.count == MilvusStore.batchMax, let last = page.last else { return found }
            cursor = last.id
        }
    }

    package func scan(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, matching filter: Filter?,
        _ projection: Projection
    ) async throws -> [Record] {
        guard limit > 0 else { return [] }
        return try await run("scan") { shape in
            try await self.page(range, cursor, limit, filter, projection, "scan", shape)
        }
    }

    /// A range of ids is a condition like any other, and answers come in their order.
    ///
    /// - Parameter trusting: takes each id to be there once.
    private func page(
        _ range: KeyRange, _ cursor: RecordID?, _ limit: Int, _ filter: Filter?,
        _ projection: Projection, _ operation: String, _ shape: MilvusShape,
        trusting: Bool = false
    ) async throws -> [Record] {
        let rendered = MilvusFilter(filter, shape)
        let residual = rendered.isExact ? nil : filter
        let reads = residual != nil && projection == .idsOnly ? .withoutVectors : projection
        var page: [Record] = []
        var cursor = cursor ?? range.after
        while page.count < limit {
            let rest = KeyRange(after: cursor, through: range.through)
            let expression = ([shape.condition(rest)] + (rendered.text.map { [$0] } ?? []))
                .joined(separator: " and ")
            let wanted = min(
                residual == nil ? limit - page.count : MilvusStore.batchMax,
                reads == .idsOnly ? MilvusStore.pageMax : self.reads.records)
            let found = try await query(
                expression, wanted, reads, operation, shape, patience: patience
            )
            .sorted { $0.id < $1.id }
            guard !found.isEmpty else { break }
            let whole =
                trusting || holdsEachOnce.load(ordering: .relaxed)
                ? found[...]
                : try await self.whole(found, cursor, wanted, rendered, operation, shape)
            for record in whole where residual?.matches(record) ?? true {
                if page.count < limit { page.append(record) }
            }
            cursor = whole.last?.id
        }
        if projection == .idsOnly {
            for index in page.indices { page[index].payload = [:] }
        }
        return page
    }

    package func partitions(_ count: Int) async throws -> [KeyRange] {
        try await run("partitions") { shape in
            let ids = try await self.everyID("partitions", shape)
            let parts = max(1, min(count, ids.count))
            return KeyRange.split(at: (1..<max(1, parts)).map { ids[ids.count * $0 / parts - 1] })
        }
    }
}
