import Foundation
import PlanCore
import PlanStores
import TestServers
import Testing

/// One of the ring's stores: how a plan names it, and a way to look into it past the plan.
struct RingPlace {
    let name: String
    /// As a plan has it.
    let endpoint: String
    let store: any VectorStore

    private static let limits = "deadline: 5s, quarantine: 5s"

    static func sqlite(_ file: String, in sandbox: Sandbox) -> RingPlace {
        RingPlace(
            name: "sqlite", endpoint: "{store: sqlite, path: \(file), table: packages, \(limits)}",
            store: SQLiteStore(
                configuration: SQLiteStoreConfiguration(
                    path: sandbox.path(file), table: "packages")))
    }

    static func pgvector() throws -> RingPlace {
        let url = try PostgresServer.shared().makeDatabase()
        return RingPlace(
            name: "pgvector",
            endpoint: "{store: pgvector, url: \"\(url)\", table: packages, \(limits)}",
            store: PostgresStore(
                configuration: PostgresStoreConfiguration(
                    connection: Secret(url), table: "packages")))
    }

    /// Its engine behind our shim, not the Qdrant server.
    static func qdrant() throws -> RingPlace {
        let url = try RESTServer.shared(.qdrant).url
        var configuration = QdrantStoreConfiguration(url: Secret(url), collection: unique)
        configuration.http.deadline = .seconds(60)
        configuration.ids = .int
        return RingPlace(
            name: "qdrant", endpoint: rest("qdrant", url, configuration.collection, "ids: int"),
            store: QdrantStore(configuration: configuration))
    }

    static func chroma() throws -> RingPlace {
        let url = try RESTServer.shared(.chroma).url
        var configuration = ChromaStoreConfiguration(url: Secret(url), collection: unique)
        configuration.http.deadline = .seconds(60)
        return RingPlace(
            name: "chroma", endpoint: rest("chroma", url, configuration.collection),
            store: ChromaStore(configuration: configuration))
    }

    /// How far the plan says that Milvus's reads may be behind.
    static let milvusBound = Duration.seconds(2)

    /// Version 2.3, whose collections with keys of ours somebody else makes.
    static func milvus() throws -> RingPlace {
        let server = try RESTServer.shared(.milvus)
        var configuration = MilvusStoreConfiguration(url: Secret(server.url), collection: unique)
        configuration.http.deadline = .seconds(60)
        try server.makeCollection(
            configuration.collection, dimension: 384, textIDs: false, metric: "COSINE")
        return RingPlace(
            name: "milvus",
            endpoint: rest(
                "milvus", server.url, configuration.collection,
                "staleness_bound: \(milvusBound.components.seconds)s",
                "existing: adopt"),
            store: MilvusStore(configuration: configuration))
    }

    private static var unique: String { "ring_\(Int.random(in: 0..<Int.max))" }

    private static func rest(
        _ store: String, _ url: String, _ collection: String, _ more: String...
    ) -> String {
        let words = ["store: \(store)", "url: \"\(url)\"", "collection: \(collection)", limits]
        return "{\((words + more).joined(separator: ", "))}"
    }

    /// All that it holds.
    func records() async throws -> [Int64: Record] {
        var found: [Int64: Record] = [:]
        var cursor: RecordID?
        while true {
            let page = try await store.scan(.all, after: cursor, limit: 500)
            for record in page {
                guard case .int(let id) = record.id else {
                    Issue.record("\(name) holds \(record.id), which is no integer")
                    continue
                }
                #expect(found.updateValue(record, forKey: id) == nil, "\(id) came twice")
            }
            guard let last = page.last else { return found }
            cursor = last.id
        }
    }
}

/// Whether a store holds what it must: ids and payloads exactly, vectors in direction, which is
/// what a pair with Qdrant or Chroma declares of cosine.
enum RingComparison {
    static let tolerance = 1e-6

    static func differences(_ found: [Int64: Record], _ wanted: [Int64: Record]) -> [String] {
        Set(found.keys).union(wanted.keys).sorted().compactMap { id in
            guard let wanted = wanted[id] else { return "\(id) should not be there" }
            guard let found = found[id] else { return "\(id) is lost" }
            if !JSONValue.object(found.payload).isJSONEqual(to: .object(wanted.payload)) {
                return "\(id) has the payload \(found.payload) where \(wanted.payload) belongs"
            }
            let apart = distance(found.vector ?? [], wanted.vector ?? [])
            return apart <= tolerance ? nil : "\(id)'s direction is \(apart) off"
        }
    }

    /// The largest difference of an entry, once both have length one.
    private static func distance(_ one: [Float], _ other: [Float]) -> Double {
        guard one.count == other.count else { return .infinity }
        let scales = [one, other].map { vector in
            vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        }
        return zip(one, other).map { abs(Double($0) / scales[0] - Double($1) / scales[1]) }.max()
            ?? 0
    }
}
