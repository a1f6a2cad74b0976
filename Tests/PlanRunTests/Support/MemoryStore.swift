import PlanCore
import Synchronization

/// Collections by their place, and what was asked of them, in order.
final class MemoryShelf: Sendable {
    struct Place: Hashable, Sendable {
        var folder: String
        var name: String
    }

    struct Held: Hashable, Sendable {
        var description: CollectionDescription
        var records: [RecordID: Record] = [:]
    }

    private let collections = Mutex<[Place: Held]>([:])
    private let log = Mutex<[String]>([])

    var events: [String] { log.withLock { $0 } }

    func note(_ event: String) { log.withLock { $0.append(event) } }

    subscript(place: Place) -> Held? {
        get { collections.withLock { $0[place] } }
        set { collections.withLock { $0[place] = newValue } }
    }
}

/// One collection of a shelf.
struct MemoryStore: VectorStore {
    let shelf: MemoryShelf
    let place: MemoryShelf.Place
    var staleness = Duration.zero

    var kind: String { "memory" }

    var capabilities: StoreCapabilities {
        var capabilities = StoreCapabilities()
        capabilities.stalenessBound = staleness
        return capabilities
    }

    private func failure(_ operation: String, _ kind: StoreError.Kind) -> StoreError {
        StoreError(
            store: "memory", operation: operation, kind: kind, message: "\(place)",
            isDefinite: true)
    }

    private func held(_ operation: String) throws -> MemoryShelf.Held {
        shelf.note("\(place.folder)/\(place.name) \(operation)")
        guard let held = shelf[place] else { throw failure(operation, .notFound) }
        return held
    }

    private func change(
        _ operation: String, _ body: (inout [RecordID: Record]) -> Void
    ) throws {
        var next = try held(operation)
        body(&next.records)
        shelf[place] = next
    }
}

extension MemoryStore {
    func identity() async throws -> StoreIdentity {
        _ = try held("identity")
        return StoreIdentity(kind: kind, instance: place.folder, collection: place.name)
    }

    func describe() async throws -> CollectionDescription? { shelf[place]?.description }

    func create(_ description: CollectionDescription) async throws {
        guard shelf[place] == nil else { throw failure("create", .alreadyExists) }
        shelf[place] = MemoryShelf.Held(description: description)
    }

    func drop() async throws { shelf[place] = nil }

    func rename(to name: String) async throws {
        let held = try held("rename")
        let next = MemoryShelf.Place(folder: place.folder, name: name)
        guard shelf[next] == nil else { throw failure("rename", .alreadyExists) }
        shelf[next] = held
        shelf[place] = nil
    }

    func count(matching filter: Filter?) async throws -> Int {
        try held("count").records.values.count { filter?.matches($0) ?? true }
    }

    func upsert(_ records: [Record]) async throws {
        try change("upsert") { held in
            for record in records { held[record.id] = record }
        }
    }

    func update(_ patches: [RecordPatch]) async throws -> [RecordID] {
        let known = try held("update").records
        try change("update") { held in
            for patch in patches { held[patch.id] = held[patch.id].map { patch.applied(to: $0) } }
        }
        return patches.map(\.id).filter { known[$0] == nil }
    }

    func delete(_ ids: [RecordID]) async throws {
        try change("delete") { held in
            for id in ids { held[id] = nil }
        }
    }

    func delete(matching filter: Filter) async throws -> Int? {
        let ids = try held("delete").records.values.filter { filter.matches($0) }.map(\.id)
        try await delete(ids)
        return ids.count
    }

    func get(_ ids: [RecordID], _ projection: Projection) async throws -> [Record] {
        let records = try held("get").records
        return ids.compactMap { records[$0] }
    }

    func scan(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, matching filter: Filter?,
        _ projection: Projection
    ) async throws -> [Record] {
        let records = try held("scan").records.values.sorted { $0.id < $1.id }
        let page = records.filter { record in
            if let cursor, record.id <= cursor { return false }
            return range.contains(record.id) && filter?.matches(record) ?? true
        }
        return Array(page.prefix(limit))
    }

    func partitions(_ count: Int) async throws -> [KeyRange] { [.all] }
    func search(_ query: Query) async throws -> [Hit] { [] }
    func createIndex(_ spec: IndexSpec) async throws {}
    func dropIndex(_ spec: IndexSpec) async throws {}
    func indexState(_ spec: IndexSpec) async throws -> IndexState { .absent }
    func claim(_ claim: RunClaim) async throws -> RunClaim { claim }
    func release(_ claim: RunClaim) async throws {}
    func checkWritable() async throws {}
    func close() async {}
}
