import Foundation
import PlanCore
import PlanStores
import Testing

/// The table of pairs in the docs is what the stores declare. `CROSSFADE_RECORD=1` writes it anew.
@Suite struct PairTableTests {
    private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/plan/Documentation.docc/Pairs.md")

    /// What each store says of itself, before anything is connected.
    static let capabilities: [StoreKind: StoreCapabilities] = {
        let http = Secret("http://127.0.0.1:1")
        let stores: [(StoreKind, any VectorStore)] = [
            (.sqlite, SQLiteStore(configuration: .init(path: "none.db", table: "t"))),
            (.pgvector, PostgresStore(configuration: .init(connection: http, table: "t"))),
            (.qdrant, QdrantStore(configuration: .init(url: http, collection: "t"))),
            (.chroma, ChromaStore(configuration: .init(url: http, collection: "t"))),
            (.milvus, MilvusStore(configuration: .init(url: http, collection: "t"))),
            (.files, FilesStore(configuration: .init(folder: "none", collection: "t"))),
        ]
        return Dictionary(
            stores.map { ($0.0, $0.1.capabilities) }, uniquingKeysWith: { $1 })
    }()

    @Test func `the table of pairs in the docs is what the stores declare`() throws {
        let table = PairTable(Self.capabilities).markdown
        #expect(
            table.split(separator: "\n").count == 2 + StoreKind.built.count * StoreKind.built.count)
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let begin = try #require(text.firstRange(of: "| from | to |"))
        let rest = text[begin.lowerBound...]
        let end = rest.firstRange(of: "|\n\n")?.upperBound ?? rest.endIndex
        let held = String(rest[..<end]).trimmingCharacters(in: .newlines) + "\n"
        if ProcessInfo.processInfo.environment["CROSSFADE_RECORD"] == "1" {
            let renewed = text[..<begin.lowerBound] + table + text[end...].drop { $0 == "\n" }
            try String(renewed).write(to: Self.page, atomically: true, encoding: .utf8)
        } else {
            #expect(held == table, "run the test with CROSSFADE_RECORD=1, and review the diff")
        }
    }

    @Test(arguments: StoreKind.built)
    func `the kinds of ids that a store's page names are those it takes`(kind: StoreKind) throws {
        let refused = try #require(Self.capabilities[kind]).refusedIDKinds
        #expect(refused.isDisjoint(with: kind.idKinds))
    }
}
