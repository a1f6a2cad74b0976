import JSON
import PlanCore

extension QdrantReader {
    /// The body of a write, or of one of a batch. What cannot be said in our words stays in
    /// Qdrant's where both stores understand them.
    func write(
        _ operation: QdrantOperation, _ body: RequestBody
    ) throws(GatewayError) -> QdrantWrite {
        do {
            return try translated(operation, body)
        } catch {
            guard forwardsWrites, error.code == .unsupported else { throw error }
            return try forwarded(operation, body)
        }
    }

    private func translated(
        _ operation: QdrantOperation, _ body: RequestBody
    ) throws(GatewayError) -> QdrantWrite {
        switch operation {
        case .upsert: return .upsert(try points(body))
        case .delete: return try delete(body)
        case .setPayload:
            try body.fields(["payload", "points", "filter"])
            let payload = try body.required("payload").payload()
            return try update(body) { RecordPatch(id: $0, set: payload) }
        case .overwritePayload:
            try body.fields(["payload", "points", "filter"])
            let payload = try body.required("payload").payload()
            return try update(body) { RecordPatch(id: $0, clears: true, set: payload) }
        case .deletePayload:
            try body.fields(["keys", "points", "filter"])
            let keys = try keys(try body.required("keys"))
            return try update(body) { RecordPatch(id: $0, remove: keys) }
        case .clearPayload:
            try body.fields(["points", "filter"])
            return try update(body) { RecordPatch(id: $0, clears: true) }
        case .updateVectors: return try updateVectors(body)
        default: throw GatewayError.untranslatable(operation.rawValue)
        }
    }

    /// The operations of a `points/batch`, all of them read before any is carried out.
    func writes(_ body: RequestBody) throws(GatewayError) -> [QdrantWrite] {
        try body.fields(["operations"])
        var found: [QdrantWrite] = []
        for item in try body.required("operations").items() {
            let entries = try item.entries()
            guard let (name, value) = entries.first, entries.count == 1 else {
                throw item.wrong("one operation")
            }
            guard let operation = QdrantOperation(inBatch: name) else {
                throw GatewayError.untranslatable(value.path)
            }
            found.append(try write(operation, value))
        }
        return found
    }

    /// `{"points": […]}` or `{"batch": {"ids": […], …}}`.
    private func points(_ body: RequestBody) throws(GatewayError) -> [Record] {
        try body.fields(["points", "batch"])
        if let batch = body.optional("batch") { return try columns(batch) }
        var records: [Record] = []
        for item in try body.required("points").items() {
            try item.fields(["id", "vector", "payload"])
            records.append(
                Record(
                    id: try id(try item.required("id")),
                    vectors: try vectors(try item.required("vector")),
                    payload: try item.optional("payload")?.payload() ?? [:]))
        }
        return records
    }

    private func columns(_ body: RequestBody) throws(GatewayError) -> [Record] {
        try body.fields(["ids", "vectors", "payloads"])
        var records: [Record] = []
        for id in try ids(try body.required("ids")) {
            records.append(Record(id: id, vectors: [:]))
        }
        let given = try body.required("vectors")
        let named =
            given.node.kind == .array
            ? [(name: Record.defaultVector, value: given)]
            : try given.entries()
        for (name, value) in named {
            let items = try value.items()
            try check(items.count, records.count, value)
            for (row, item) in items.enumerated() where item.node.kind != .null {
                records[row].vectors[name] = try vector(item)
            }
        }
        if let payloads = body.optional("payloads") {
            let items = try payloads.items()
            try check(items.count, records.count, payloads)
            for (row, item) in items.enumerated() where item.node.kind != .null {
                records[row].payload = try item.payload()
            }
        }
        return records
    }

    private func check(
        _ count: Int, _ wanted: Int, _ body: RequestBody
    ) throws(GatewayError) {
        guard count == wanted else {
            throw .invalid("'\(body.path)' has \(count) entries where 'ids' has \(wanted)")
        }
    }

    private enum Selected {
        case ids([RecordID])
        case matching(Filter)
    }

    private func selected(_ body: RequestBody) throws(GatewayError) -> Selected {
        if let points = body.optional("points") {
            var seen: Set<RecordID> = []
            return .ids(try ids(points).filter { seen.insert($0).inserted })
        }
        let given = try body.required("filter")
        return .matching(try filter(given) ?? .and([]))
    }

    private func delete(_ body: RequestBody) throws(GatewayError) -> QdrantWrite {
        try body.fields(["points", "filter"])
        switch try selected(body) {
        case .ids(let ids), .matching(.hasID(let ids)): return .delete(ids)
        case .matching(let filter):
            guard case .forwardedMatching(let request, let listing) = try forwarded(.delete, body)
            else { throw body.wrong("a delete by filter") }
            return .deleteMatching(filter, request, listing)
        }
    }

    /// By ids alone: which points a filter names may change under way.
    private func update(
        _ body: RequestBody, _ patch: (RecordID) -> RecordPatch
    ) throws(GatewayError) -> QdrantWrite {
        switch try selected(body) {
        case .ids(let ids): return .update(ids.map(patch), strict: true)
        case .matching(.hasID(let ids)): return .update(ids.map(patch), strict: false)
        case .matching:
            throw GatewayError.untranslatable(body.path.isEmpty ? "filter" : body.path + ".filter")
        }
    }

    /// Of top-level fields alone.
    private func keys(_ body: RequestBody) throws(GatewayError) -> [String] {
        var keys: [String] = []
        for item in try body.items() {
            let path = try path(item)
            guard path.count == 1 else { throw GatewayError.untranslatable(item.path) }
            keys.append(path[0])
        }
        return keys
    }

    private func updateVectors(_ body: RequestBody) throws(GatewayError) -> QdrantWrite {
        try body.fields(["points"])
        var patches: [RecordPatch] = []
        for item in try body.required("points").items() {
            try item.fields(["id", "vector"])
            patches.append(
                RecordPatch(
                    id: try id(try item.required("id")),
                    vectors: try vectors(try item.required("vector"))))
        }
        return .update(patches, strict: true)
    }
}
