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

    /// Measured once, by whoever comes first.
    private static let bound = Task { await MilvusFixture.measuredBound() }

    convenience init() async throws {
        let bound = await MilvusFixture.bound.value
        try self.init(stalenessBound: bound)
    }

    private init(stalenessBound: Duration) throws {
        server = try RESTServer.shared(.milvus)
        var configuration = MilvusStoreConfiguration(
            url: Secret(server.url), collection: "products_\(Int.random(in: 0..<Int.max))")
        configuration.stalenessBound = stalenessBound
        configuration.http.deadline = .seconds(60)
        self.configuration = configuration
    }

    /// Three times the longest that a write stayed unseen, and at least a second: a server that
    /// starves shows writes late. At most what it promises by itself.
    private static func measuredBound() async -> Duration {
        let promised = StoreKind.milvus.stalenessBound
        guard let longest = try? await longestLag(upTo: promised) else { return promised }
        return min(promised, max(.seconds(1), longest * 3))
    }

    /// Of a few writes, each read again and again until it is seen.
    private static func longestLag(upTo limit: Duration) async throws -> Duration {
        let fixture = try MilvusFixture(stalenessBound: .zero)
        defer { fixture.end() }
        let store = fixture.patient()
        try await store.create(
            CollectionDescription(
                name: "products", idKind: .int, vectors: [VectorSpec(dimension: 4, distance: .l2)]))
        var longest = Duration.zero
        for number in 1...6 {
            try await store.upsert(Samples.records([number]))
            let written = ContinuousClock.now
            let id = RecordID.int(Int64(number))
            while try await store.get([id]).isEmpty, written.duration(to: .now) < limit {
                try await Task.sleep(for: .milliseconds(10))
            }
            longest = max(longest, written.duration(to: .now))
        }
        return longest
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
        for _ in 0..<500 {
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
