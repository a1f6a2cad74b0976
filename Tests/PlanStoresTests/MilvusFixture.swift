import HTTPClient
import PlanCore
import PlanStores
import Synchronization
import TestServers

/// A collection's name of its own on the real server, 2.3.5.
final class MilvusFixture: Sendable {
    let server: RESTServer
    let configuration: MilvusStoreConfiguration
    private let lastWrite = Mutex(ContinuousClock.now)

    init() throws {
        server = try RESTServer.shared(.milvus)
        var configuration = MilvusStoreConfiguration(
            url: Secret(server.url), collection: "products_\(Int.random(in: 0..<Int.max))")
        configuration.stalenessBound = .seconds(1)
        self.configuration = configuration
    }

    func patient(
        _ change: (inout MilvusStoreConfiguration) -> Void = { _ in }
    ) -> PatientStore {
        var configuration = configuration
        change(&configuration)
        return PatientStore(MilvusStore(configuration: configuration), self)
    }

    func wrote() { lastWrite.withLock { $0 = .now } }

    func waitOut() async throws {
        let end = lastWrite.withLock { $0 } + configuration.stalenessBound
        if end > .now { try await Task.sleep(until: end, clock: .continuous) }
    }

    func end() {
        let store = MilvusStore(configuration: configuration)
        Task { try? await store.drop() }
    }
}

/// Milvus as the protocol uses it: a read begins a staleness bound after the last write. It makes
/// collections past the store, which cannot on such a server.
struct PatientStore: VectorStore {
    let base: MilvusStore
    let fixture: MilvusFixture

    init(_ base: MilvusStore, _ fixture: MilvusFixture) {
        self.base = base
        self.fixture = fixture
    }

    var kind: String { base.kind }
    var capabilities: StoreCapabilities { base.capabilities }

    private func reading<Result: Sendable>(
        _ body: () async throws -> Result
    ) async throws -> Result {
        try await fixture.waitOut()
        return try await body()
    }

    private func writing<Result: Sendable>(
        _ body: () async throws -> Result
    ) async throws -> Result {
        defer { fixture.wrote() }
        return try await body()
    }

    func identity() async throws -> StoreIdentity { try await base.identity() }
    func describe() async throws -> CollectionDescription? { try await base.describe() }

    func create(_ description: CollectionDescription) async throws {
        if try await base.describe() != nil { return try await base.create(description) }
        let spec = description.vectors[0]
        try fixture.server.makeCollection(
            fixture.configuration.collection, dimension: spec.dimension,
            textIDs: description.idKind != .int,
            metric: spec.distance == .cosine ? "COSINE" : spec.distance == .l2 ? "L2" : "IP")
        for _ in 0..<100 {
            if (try? await base.checkWritable()) != nil { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        try await base.checkWritable()
    }

    func drop() async throws { try await base.drop() }
    func rename(to name: String) async throws { try await base.rename(to: name) }

    func count(matching filter: Filter?) async throws -> Int {
        try await reading { try await base.count(matching: filter) }
    }

    func upsert(_ records: [Record]) async throws {
        try await writing { try await base.upsert(records) }
    }

    func update(_ patches: [RecordPatch]) async throws -> [RecordID] {
        try await writing { try await base.update(patches) }
    }

    func delete(_ ids: [RecordID]) async throws {
        try await writing { try await base.delete(ids) }
    }

    func delete(matching filter: Filter) async throws -> Int? {
        try await fixture.waitOut()
        return try await writing { try await base.delete(matching: filter) }
    }

    func get(_ ids: [RecordID], _ projection: Projection) async throws -> [Record] {
        try await reading { try await base.get(ids, projection) }
    }

    func scan(
        _ range: KeyRange, after cursor: RecordID?, limit: Int, matching filter: Filter?,
        _ projection: Projection
    ) async throws -> [Record] {
        try await reading {
            try await base.scan(
                range, after: cursor, limit: limit, matching: filter, projection)
        }
    }

    func partitions(_ count: Int) async throws -> [KeyRange] {
        try await reading { try await base.partitions(count) }
    }

    func search(_ query: Query) async throws -> [Hit] {
        try await reading { try await base.search(query) }
    }

    func createIndex(_ spec: IndexSpec) async throws { try await base.createIndex(spec) }
    func dropIndex(_ spec: IndexSpec) async throws { try await base.dropIndex(spec) }
    func indexState(_ spec: IndexSpec) async throws -> IndexState {
        try await base.indexState(spec)
    }

    func claim(_ claim: RunClaim) async throws -> RunClaim { try await base.claim(claim) }
    func release(_ claim: RunClaim) async throws { try await base.release(claim) }
    func checkWritable() async throws { try await base.checkWritable() }
    func close() async { await base.close() }
}
