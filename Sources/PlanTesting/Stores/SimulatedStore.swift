import PlanCore
import Synchronization

/// One process's connection to a store's server.
package struct SimulatedStore: VectorStore {
    let process: SimulatedProcess
    let server: StoreServer

    package init(process: SimulatedProcess, server: StoreServer) {
        self.process = process
        self.server = server
    }

    package var kind: String { "simulated" }

    package var capabilities: StoreCapabilities {
        var capabilities = StoreCapabilities()
        capabilities.stalenessBound = server.staleness
        capabilities.listsForEveryRange = server.listsForEveryRange
        capabilities.queueBound = StoreServer.lateness
        return capabilities
    }

    private typealias Contents = StoreServer.Contents

    /// Sends a request: it is applied by the server when its fate says, whether or not anybody
    /// still waits for the answer.
    private func call<Value: Sendable>(
        _ operation: String, isWrite: Bool, batch: Int = 1,
        _ body:
            @escaping @Sendable (inout Contents, Duration, Bool, _ share: Double) throws ->
            Value
    ) async throws -> Value {
        try process.checkAlive()
        try Task.checkCancellation()
        let fate = server.fate(isWrite: isWrite, batch: batch, isPage: operation == "load")
        let reply = Reply<Value>()
        for time in fate.applied {
            process.world.after(time) { [server] in
                reply.set(
                    Result { try server.apply { try body(&$0, $1, $2, fate.share) } })
            }
        }
        try await process.wait(fate.answered)
        switch fate.answer {
        case .result:
            guard let value = reply.value else {
                preconditionFailure("an answer comes after what it answers")
            }
            return try value.get()
        case .brokenConnection:
            throw failure(operation, .unreachable, "the connection broke", isDefinite: false)
        case .deadline: throw failure(operation, .timeout, "no answer in time", isDefinite: false)
        case .refusedForNow: throw failure(operation, .busy, "too busy", isDefinite: true)
        case .unreachable:
            throw failure(operation, .unreachable, "nobody listens", isDefinite: true)
        }
    }

    private func failure(
        _ operation: String, _ kind: StoreError.Kind, _ message: String, isDefinite: Bool
    ) -> StoreError {
        StoreError(
            store: server.name, operation: operation, kind: kind, message: message,
            isDefinite: isDefinite)
    }

    /// The time at which a read sees the store: the past, where its reads may lag.
    private func readTime() -> Duration? {
        let bound = server.staleness
        guard bound > .zero else { return nil }
        let lag = process.world.draw { $0.chance(0.5) ? $0.duration(.zero, bound) : .zero }
        if lag > .zero { process.world.count("fault: stale-read") }
        return lag
    }

    private func note(_ what: String) {
        process.world.note(server.name, "\(what) (\(process.name))")
    }
}

/// A request's result, as the server made it.
private final class Reply<Value: Sendable>: Sendable {
    private let state = Mutex<Result<Value, any Error>?>(nil)

    func set(_ result: Result<Value, any Error>) {
        state.withLock { state in if state == nil { state = result } }
    }

    var value: Result<Value, any Error>? { state.withLock { $0 } }
}

extension SimulatedStore {
    package func upsert(_ records: [Record]) async throws { try await put(records, "upsert") }
    package func load(_ records: [Record]) async throws { try await put(records, "load") }

    private func put(_ records: [Record], _ operation: String) async throws {
        try await call(operation, isWrite: true, batch: records.count) {
            [self] contents, now, remembers, share in
            let count = share == 1 ? records.count : Int(Double(records.count) * share)
            for record in records.prefix(count) {
                note("has \(ValueText.of(record))")
                contents.set(record.id, server.kept(record), now: now, remembers: remembers)
            }
        }
    }

    package func update(_ patches: [RecordPatch]) async throws -> [RecordID] {
        try await call("update", isWrite: true, batch: patches.count) {
            [self] contents, now, remembers, share in
            let count = share == 1 ? patches.count : Int(Double(patches.count) * share)
            var absent: [RecordID] = []
            for patch in patches.prefix(count) {
                guard let record = contents.records[patch.id] else {
                    absent.append(patch.id)
                    continue
                }
                let next = server.kept(patch.applied(to: record))
                note("has \(ValueText.of(next))")
                contents.set(patch.id, next, now: now, remembers: remembers)
            }
            return absent
        }
    }

    package func delete(_ ids: [RecordID]) async throws {
        try await call("delete", isWrite: true, batch: ids.count) {
            [self] contents, now, remembers, share in
            let count = share == 1 ? ids.count : Int(Double(ids.count) * share)
            for id in ids.prefix(count) {
                note("has \(id.canonical) deleted")
                contents.set(id, nil, now: now, remembers: remembers)
            }
        }
    }

    package func delete(matching filter: Filter) async throws -> Int? {
        try await call("delete", isWrite: true) { [self] contents, now, remembers, _ in
            let ids = contents.records.filter { filter.matches($0.value) }.keys.sorted()
            for id in ids {
                note("has \(id.canonical) deleted by filter")
                contents.set(id, nil, now: now, remembers: remembers)
            }
            return ids.count
        }
    }

    package func get(_ ids: [RecordID], _ projection: Projection) async throws -> [Record] {
        let lag = readTime()
        return try await call("get", isWrite: false) { contents, now, _, _ in
            ids.compactMap { contents.record($0, at: lag.map { now - $0 }) }
        }
    }

    package func scan(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, matching filter: Filter?,
        _ projection: Projection
    ) async throws -> [Record] {
        let lag = readTime()
        return try await call("scan", isWrite: false) { contents, now, _, _ in
            let ids = Set(contents.records.keys).union(contents.history.keys)
            let time = lag.map { now - $0 }
            var page: [Record] = []
            for id in ids.sorted() where range.contains(id) {
                if let cursor, id <= cursor { continue }
                guard page.count < limit else { break }
                guard let record = contents.record(id, at: time) else { continue }
                if filter?.matches(record) ?? true { page.append(record) }
            }
            return page
        }
    }

    package func search(_ query: Query) async throws -> [Hit] {
        let lag = readTime()
        return try await call("search", isWrite: false) { contents, now, _, _ in
            let ids = Set(contents.records.keys).union(contents.history.keys).sorted()
            let records = ids.compactMap { contents.record($0, at: lag.map { now - $0 }) }
            let hits = records.filter { query.filter?.matches($0) ?? true }.map {
                Hit(record: $0, distance: SimulatedStore.distance(query.vector, $0.vector ?? []))
            }
            return Array(
                hits.sorted { ($0.distance, $0.record.id) < ($1.distance, $1.record.id) }
                    .prefix(query.k))
        }
    }

    private static func distance(_ query: Vector, _ held: [Float]) -> Double {
        zip(query.dense ?? [], held).reduce(0) { sum, pair in
            sum + Double((pair.0 - pair.1) * (pair.0 - pair.1))
        }.squareRoot()
    }

    package func count(matching filter: Filter?) async throws -> Int {
        try await call("count", isWrite: false) { contents, _, _, _ in
            contents.records.values.count { filter?.matches($0) ?? true }
        }
    }

    package func partitions(_ count: Int) async throws -> [KeyRange] {
        try await call("partitions", isWrite: false) { contents, _, _, _ in
            let ids = contents.records.keys.sorted()
            let size = max(1, (ids.count + count - 1) / count)
            let bounds = stride(from: size - 1, to: ids.count - 1, by: size).map { ids[$0] }
            let ends: [RecordID?] = bounds.map { $0 } + [nil]
            let starts: [RecordID?] = [nil] + bounds.map { $0 }
            return zip(starts, ends).map { KeyRange(after: $0, through: $1) }
        }
    }
}

extension SimulatedStore {
    package func identity() async throws -> StoreIdentity {
        StoreIdentity(kind: kind, instance: server.name, collection: server.name)
    }

    package func describe() async throws -> CollectionDescription? {
        let collection = server.collection
        return try await call("describe", isWrite: false) { contents, _, _, _ in
            contents.exists ? collection : nil
        }
    }

    package func create(_ description: CollectionDescription) async throws {
        let taken = failure("create", .alreadyExists, "it exists", isDefinite: true)
        try await call("create", isWrite: true) { contents, _, _, _ in
            if contents.exists { throw taken }
            contents.exists = true
        }
    }

    package func drop() async throws {
        try await call("drop", isWrite: true) { contents, _, _, _ in
            contents = Contents(exists: false)
        }
    }

    package func rename(to name: String) async throws {
        throw failure("rename", .unsupported, "not simulated", isDefinite: true)
    }

    package func createIndex(_ spec: IndexSpec) async throws {}
    package func dropIndex(_ spec: IndexSpec) async throws {}
    package func indexState(_ spec: IndexSpec) async throws -> IndexState { .ready }

    package func claim(_ claim: RunClaim) async throws -> RunClaim {
        try await call("claim", isWrite: true) { contents, _, _, _ in
            contents.claim = contents.claim ?? claim
            return contents.claim ?? claim
        }
    }

    package func release(_ claim: RunClaim) async throws {
        try await call("release", isWrite: true) { contents, _, _, _ in
            if contents.claim?.run == claim.run { contents.claim = nil }
        }
    }

    package func checkWritable() async throws {}
    package func close() async {}
}
