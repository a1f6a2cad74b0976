import Foundation
import PlanCore
import PlanStores
import Postgres
import TestServers

/// A kind of store that the conformance suite makes fresh ones of.
protocol StoreUnderTest: Sendable {
    var name: String { get }
    /// What a plan calls it.
    var storeKind: StoreKind? { get }
    var idKinds: [CollectionDescription.IDKind] { get }
    /// The metric under which vectors come back bit by bit.
    var exactDistance: Distance { get }
    /// UTF-8 bytes of a payload, at most.
    var payloadBytesMax: Int { get }
    /// Integers that are no ids there.
    var forbiddenIDs: Set<RecordID> { get }
    /// Ids in a page of a long walk, and turns of writing and reading: fewer reads where each waits.
    var pageSize: Int { get }
    var turns: Int64 { get }
    /// A place of its own whose collection does not exist yet.
    func makePlace() async throws -> StorePlace
}

extension StoreUnderTest {
    var storeKind: StoreKind? { StoreKind(rawValue: name) }
    var exactDistance: Distance { .cosine }
    var payloadBytesMax: Int { .max }
    var forbiddenIDs: Set<RecordID> { [] }
    var pageSize: Int { 7 }
    var turns: Int64 { 25 }
    var hasTexts: Bool { idKinds.contains(.text) }

    /// An id that a collection of this store's takes where texts are asked for.
    func id(_ text: String, _ number: Int64) -> RecordID {
        hasTexts ? .string(text) : .int(number)
    }

    /// The kind itself, or the one that holds such ids and others.
    func kind(_ wanted: CollectionDescription.IDKind) -> CollectionDescription.IDKind {
        idKinds.contains(wanted) ? wanted : idKinds[0]
    }
}

/// Every store the suite is run against.
enum Stores {
    static let all: [any StoreUnderTest] = [
        SQLiteUnderTest(), FilesUnderTest(), PostgresUnderTest(), Postgres16UnderTest(),
        ChromaUnderTest(),
        QdrantUnderTest(), MilvusUnderTest.byREST, MilvusLiteUnderTest(),
    ]
    static let names = chosen(all.map(\.name))
    /// Those that write the same store in another way, too; what they read they read alike.
    private static let writing: [any StoreUnderTest] = all + [MilvusUnderTest.byRPC]
    static let writingNames = chosen(writing.map(\.name))

    /// All of them; `Tests/run` has those of one server, of which a host runs one, and the others
    /// asked in two chains beside each other: `STORES=milvus`, `STORES=others`.
    static func chosen(_ names: [String]) -> [String] {
        guard let word = ProcessInfo.processInfo.environment["STORES"] else { return names }
        return names.filter { ["milvus", "milvus by gRPC"].contains($0) == (word == "milvus") }
    }

    static func named(_ name: String) throws -> any StoreUnderTest {
        guard let found = writing.first(where: { $0.name == name }) else {
            throw CocoaError(.featureUnsupported)
        }
        return found
    }
}

/// One collection's place. It lasts as long as this does.
final class StorePlace {
    let store: any VectorStore
    /// The same collection through connections of its own, as another process has it.
    let another: () -> any VectorStore
    private let close: () -> Void

    init(
        _ store: any VectorStore, another: @escaping () -> any VectorStore,
        close: @escaping () -> Void = {}
    ) {
        self.store = store
        self.another = another
        self.close = close
    }

    deinit { close() }

    /// A place whose collection is there, and empty.
    static func make(
        _ name: String, _ kind: CollectionDescription.IDKind = .int,
        _ distance: Distance? = nil, dimension: Int = 4
    ) async throws -> StorePlace {
        let kindOfStore = try Stores.named(name)
        let distance = distance ?? kindOfStore.exactDistance
        let place = try await kindOfStore.makePlace()
        try await place.store.create(
            CollectionDescription(
                name: "products", idKind: kindOfStore.kind(kind),
                vectors: [VectorSpec(dimension: dimension, distance: distance)]))
        return place
    }
}

struct SQLiteUnderTest: StoreUnderTest {
    let name = "sqlite"
    let idKinds: [CollectionDescription.IDKind] = [.int, .text, .uuid, .intOrText, .intOrUUID]

    func makePlace() throws -> StorePlace {
        let fixture = try SQLiteFixture()
        let configuration = fixture.store.configuration
        return StorePlace(fixture.store) {
            SQLiteStore(configuration: configuration)
        } close: {
            withExtendedLifetime(fixture) {}
        }
    }
}

struct FilesUnderTest: StoreUnderTest {
    let name = "files"
    let idKinds: [CollectionDescription.IDKind] = [.int, .text, .uuid, .intOrText, .intOrUUID]

    func makePlace() throws -> StorePlace {
        // Parts of a few records: what is read comes from several of them.
        let fixture = FilesFixture { $0.tailBytesMax = 2_000 }
        return StorePlace(fixture.store) { fixture.another() }
    }
}

struct PostgresUnderTest: StoreUnderTest {
    let name = "pgvector"
    let idKinds: [CollectionDescription.IDKind] = [.int, .text, .uuid]

    func makePlace() throws -> StorePlace {
        let fixture = try PostgresFixture()
        return StorePlace(fixture.store) { fixture.another() }
    }
}

/// An older server.
struct Postgres16UnderTest: StoreUnderTest {
    let name = "pgvector-16"
    let storeKind: StoreKind? = .pgvector
    let idKinds: [CollectionDescription.IDKind] = [.int, .text, .uuid]

    func makePlace() async throws -> StorePlace {
        let fixture = try PostgresFixture(server: .shared(major: 16))
        try fixture.beside.run(
            "DO $$ BEGIN ASSERT current_setting('server_version_num')::int < 170000; END $$")
        return StorePlace(fixture.store) { fixture.another() }
    }
}

struct ChromaUnderTest: StoreUnderTest {
    let name = "chroma"
    let idKinds: [CollectionDescription.IDKind] = [.text, .int, .uuid, .intOrUUID]
    let exactDistance = Distance.l2

    func makePlace() async throws -> StorePlace {
        let fixture = try await ChromaFixture()
        return StorePlace(fixture.store) { fixture.another() }
    }
}

/// The engine of Qdrant behind our shim, not the Qdrant server.
struct QdrantUnderTest: StoreUnderTest {
    let name = "qdrant"
    let idKinds: [CollectionDescription.IDKind] = [.intOrUUID]
    let exactDistance = Distance.l2

    func makePlace() async throws -> StorePlace {
        let fixture = try QdrantFixture()
        return StorePlace(fixture.store) { fixture.another() }
    }
}

/// The real server, 2.3.5: the first version of its API.
struct MilvusUnderTest: StoreUnderTest {
    static let byREST = MilvusUnderTest(name: "milvus") { $0.writesByRPC = false }
    /// However few records there are.
    static let byRPC = MilvusUnderTest(name: "milvus by gRPC") { $0.recordsByRPC = 1 }

    let name: String
    let change: @Sendable (inout MilvusStoreConfiguration) -> Void
    let storeKind: StoreKind? = .milvus
    let idKinds: [CollectionDescription.IDKind] = [.int, .text]
    let exactDistance = Distance.l2
    let payloadBytesMax = 60_000
    let forbiddenIDs: Set<RecordID> = [.int(.max), .int(.min)]
    let pageSize = 25
    let turns: Int64 = 7

    func makePlace() async throws -> StorePlace {
        let fixture = try await MilvusFixture()
        return StorePlace(fixture.patient(change)) {
            fixture.patient(change)
        } close: {
            fixture.end()
        }
    }
}

/// The engine of Milvus 2.5 behind our shim, not the server: the second version of its API.
struct MilvusLiteUnderTest: StoreUnderTest {
    let name = "milvus-lite"
    let storeKind: StoreKind? = .milvus
    let idKinds: [CollectionDescription.IDKind] = [.int, .text]
    let exactDistance = Distance.l2
    let payloadBytesMax = 60_000
    let forbiddenIDs: Set<RecordID> = [.int(.max), .int(.min)]
    let turns: Int64 = 12

    func makePlace() async throws -> StorePlace {
        let fixture = try MilvusLiteFixture()
        return StorePlace(fixture.store) { fixture.another() }
    }
}
