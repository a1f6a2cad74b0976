import JSON
import PlanCore
import QdrantFormat

extension QdrantStore {
    /// Ids or points in one request, at most.
    static let pageLimit = 2_000

    /// Every replica is asked, or one that is behind might answer.
    private func strong(_ shape: QdrantShape) -> String {
        shape.replicas > 1 ? "consistency=all" : ""
    }

    package func get(_ ids: [RecordID], _ projection: Projection) async throws -> [Record] {
        try await run("get") { shape in
            let possible = Set(ids).filter { id in
                QdrantPoint.couldBe(id) && self.configuration.ids.normalize(id) != nil
            }.sorted()
            var found: [Record] = []
            var start = 0
            repeat {
                let most = self.most(projection)
                let part = possible[start..<min(start + most, possible.count)]
                start += most
                let body = self.request { body in
                    body["ids"] = .array(part.map(QdrantPoint.json))
                    body.bring(projection)
                }
                let document = try await self.api.result(
                    .init(
                        "get", "POST", self.path("/points", self.strong(shape)), body: body,
                        size: self.use(projection, part.count)))
                found += try self.records(document.root["result"], projection, "get")
            } while start < possible.count
            return found
        }
    }

    /// How many points to bring at once, at most.
    private func most(_ projection: Projection) -> Int {
        projection == .idsOnly ? QdrantStore.pageLimit : reads.records
    }

    private func use(_ projection: Projection, _ count: Int) -> RequestSize.Use? {
        projection == .idsOnly ? nil : reads.use(count)
    }

    package func scan(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, matching filter: Filter?,
        _ projection: Projection
    ) async throws -> [Record] {
        try await run("scan") { shape in
            var offset: RecordID?
            switch self.start(range, cursor) {
            case .beginning: break
            case .at(let id): offset = id
            case .end: return []
            }
            if limit <= 0 { return [] }
            let bounds = QdrantFilter(filter)
            let asked = bounds.isExact ? projection : projection.withPayload
            var found: [Record] = []
            while true {
                let wanted = bounds.isExact ? limit - found.count : max(limit, 100)
                let page = try await self.size(
                    shape, from: offset, range.through, min(wanted, self.most(asked)),
                    bounds.upper, asked)
                let (records, next) = try await self.page(
                    shape, from: offset, limit: page, bounds.upper, asked)
                for record in records {
                    if let through = range.through, record.id > through { return found }
                    if let filter, !bounds.isExact, !filter.matches(record) { continue }
                    found.append(asked == projection ? record : record.reduced(to: projection))
                    if found.count == limit { return found }
                }
                guard let next else { return found }
                if let through = range.through, next > through { return found }
                offset = next
            }
        }
    }

    /// How many points to ask for. A page has a beginning and no end: what lies beyond the range
    /// would come with its vectors for nothing, so that the ids are looked at first.
    private func size(
        _ shape: QdrantShape, from offset: RecordID?, _ through: RecordID?, _ limit: Int,
        _ condition: QdrantCondition, _ projection: Projection
    ) async throws -> Int {
        guard projection != .idsOnly, limit > 1, let through else { return limit }
        if case .int(let last) = through {
            var first: Int64 = 0
            if case .int(let start)? = offset { first = start }
            let width = last.subtractingReportingOverflow(first).partialValue
            if width >= 0, width < limit { return Int(width) + 1 }
        }
        let (ids, _) = try await page(shape, from: offset, limit: limit, condition, .idsOnly)
        return max(1, ids.prefix { $0.id <= through }.count)
    }

    private enum Start {
        case beginning, end
        case at(RecordID)
    }

    /// Where the points of a range begin: an offset is the first of a page, not the last before.
    private func start(_ range: KeyRange, _ cursor: RecordID?) -> Start {
        guard let last = [range.after, cursor].compactMap({ $0 }).max() else { return .beginning }
        if case .int(let value) = last, value < 0 { return .beginning }
        return QdrantPoint.successor(last).map(Start.at) ?? .end
    }

    private func page(
        _ shape: QdrantShape, from offset: RecordID?, limit: Int, _ condition: QdrantCondition,
        _ projection: Projection
    ) async throws -> ([Record], next: RecordID?) {
        let body = request { body in
            if let offset { body["offset"] = QdrantPoint.json(offset) }
            body["limit"] = .int(Int64(limit))
            body.hold(condition)
            body.bring(projection)
        }
        let document = try await api.result(
            .init(
                "scan", "POST", path("/points/scroll", strong(shape)), body: body,
                size: use(projection, limit)))
        let result = document.root["result"]
        let records = try records(result?["points"], projection, "scan")
        guard let next = result?["next_page_offset"], next.kind != .null else {
            return (records, nil)
        }
        guard let id = QdrantPoint.id(next) else {
            throw api.failure.foreign("no next offset", "scan", mayBeApplied: false)
        }
        return (records, id)
    }

    func records(
        _ list: JSONNode?, _ projection: Projection, _ operation: String
    ) throws -> [Record] {
        guard let list, list.kind == .array else {
            throw api.failure.foreign("no points", operation, mayBeApplied: false)
        }
        return try list.items.map { node in
            guard let record = QdrantPoint.record(node) else {
                throw api.failure.foreign("a point without its id", operation, mayBeApplied: false)
            }
            try check(record.id, operation)
            return record
        }
    }

    /// The plan's word about the ids is kept to: another kind of id would be lost on the way.
    private func check(_ id: RecordID, _ operation: String) throws {
        if configuration.ids.normalize(id) != nil { return }
        throw api.failure.error(
            .refused,
            "the collection holds the id '\(id.text)', which 'ids: \(configuration.ids.rawValue)' "
                + "leaves out; take that line out of the plan", operation, ids: [id])
    }

    package func count(matching filter: Filter?) async throws -> Int {
        try await run("count") { shape in
            let bounds = QdrantFilter(filter)
            var count = try await self.count(bounds.lower, shape)
            guard let filter, !bounds.isExact else { return count }
            try await self.eachDoubtful(bounds, shape, "count") { record in
                if filter.matches(record) { count += 1 }
                return true
            }
            return count
        }
    }

    private func count(_ condition: QdrantCondition, _ shape: QdrantShape) async throws -> Int {
        let body = request { body in
            body["exact"] = true
            body.hold(condition)
        }
        let document = try await api.result(
            .init("count", "POST", path("/points/count", strong(shape)), body: body))
        guard let count = document.root["result"]?["count"]?.int else {
            throw api.failure.foreign("no count", "count", mayBeApplied: false)
        }
        return count
    }

    /// Visits the records that Qdrant cannot judge, payloads only, until the visitor says false.
    func eachDoubtful(
        _ bounds: QdrantFilter, _ shape: QdrantShape, _ operation: String,
        _ visit: (Record) -> Bool
    ) async throws {
        var offset: RecordID?
        while true {
            let (records, next) = try await page(
                shape, from: offset, limit: 1_000, bounds.doubtful, .withoutVectors)
            for record in records where !visit(record) { return }
            guard let next else { return }
            offset = next
        }
    }

    /// From a random sample of the ids: Qdrant keeps no statistics of them.
    package func partitions(_ count: Int) async throws -> [KeyRange] {
        try await run("partitions") { shape in
            let ids = try await self.sample(shape).sorted()
            guard count > 1, ids.count > 1 else { return [.all] }
            var bounds: [RecordID] = []
            for part in 1..<count {
                let bound = ids[max(0, ids.count * part / count - 1)]
                if bounds.last.map({ $0 < bound }) ?? true { bounds.append(bound) }
            }
            if bounds.last == ids.last { bounds.removeLast() }
            var ranges: [KeyRange] = []
            var after: RecordID?
            for bound in bounds {
                ranges.append(KeyRange(after: after, through: bound))
                after = bound
            }
            return ranges + [KeyRange(after: after, through: nil)]
        }
    }

    private static let sampleSize = 10_000

    private func sample(_ shape: QdrantShape) async throws -> [RecordID] {
        let body = request { body in
            body["query"] = ["sample": "random"]
            body["limit"] = .int(Int64(QdrantStore.sampleSize))
            body.bring(.idsOnly)
        }
        do {
            let document = try await api.result(
                .init("partitions", "POST", path("/points/query"), body: body))
            return try records(
                document.root["result"]?["points"], .idsOnly, "partitions"
            ).map(\.id)
        } catch let error as StoreError where [.refused, .foreign].contains(error.kind) {
            // Before 1.11, or forbidden so many at once: every id is read.
            var ids: [RecordID] = []
            var offset: RecordID?
            while true {
                let (records, next) = try await page(
                    shape, from: offset, limit: QdrantStore.pageLimit, .everything, .idsOnly)
                ids += records.map(\.id)
                guard let next else { return ids }
                offset = next
            }
        }
    }
}

extension Projection {
    /// What must be brought so that a filter can be judged by it.
    var withPayload: Projection { self == .idsOnly ? .withoutVectors : self }
}

extension Record {
    func reduced(to projection: Projection) -> Record {
        switch projection {
        case .full: self
        case .withoutVectors: Record(id: id, vectors: [:], payload: payload)
        case .idsOnly: Record(id: id, vectors: [:])
        }
    }
}

extension [String: JSONValue] {
    mutating func bring(_ projection: Projection) {
        self["with_payload"] = .bool(projection != .idsOnly)
        self["with_vector"] = .bool(projection == .full)
    }
}
