import JSON
import PlanCore
import PlanStores

/// A store that is measured: how it is reached, and what it is measured beside.
struct BenchSubject: Sendable {
    let kind: StoreKind
    /// A URL; of SQLite a file.
    let address: String
    /// Makes a collection of Milvus 2.3, whose REST cannot: the words of one follow it.
    var maker: String?
    let collection = StoreBench.collection

    var title: String {
        kind == .qdrant ? "qdrant (its engine behind a shim)" : kind.rawValue
    }

    /// Records in one call of a write.
    var batch: Int {
        switch kind {
        case .pgvector: 2_000
        case .qdrant: 500
        default: 1_000
        }
    }

    /// Built before searches, where a store has none from the beginning.
    var index: IndexSpec? { kind == .pgvector ? IndexSpec(kind: "hnsw") : nil }

    /// Whether the baseline of a scan reads payloads; COPY does not.
    var decodes: Bool { kind != .pgvector }

    func store() -> any VectorStore {
        let url = Secret(address)
        let name = collection
        switch kind {
        case .qdrant:
            var configuration = QdrantStoreConfiguration(url: url, collection: name)
            configuration.http.deadline = .seconds(60)
            configuration.ids = .int
            return QdrantStore(configuration: configuration)
        case .chroma:
            var configuration = ChromaStoreConfiguration(url: url, collection: name)
            configuration.http.deadline = .seconds(60)
            return ChromaStore(configuration: configuration)
        case .milvus:
            var configuration = MilvusStoreConfiguration(url: url, collection: name)
            configuration.http.deadline = .seconds(60)
            return MilvusStore(configuration: configuration)
        case .pgvector:
            var configuration = PostgresStoreConfiguration(connection: url, table: name)
            configuration.deadline = .seconds(60)
            return PostgresStore(configuration: configuration)
        case .sqlite, .files:
            return SQLiteStore(
                configuration: SQLiteStoreConfiguration(path: address, table: name))
        }
    }

    func recreate(_ store: any VectorStore) async throws {
        try await store.drop()
        guard kind == .milvus else { return try await store.create(Lab.shape()) }
        guard let maker, let port = address.split(separator: ":").last else {
            throw BenchError("milvus 2.3 needs '--maker', which makes a collection")
        }
        let words = "\(port) \(collection) \(Lab.dimension) int COSINE"
        try await Shell().run("\(maker) \(words)")
    }

    // MARK: what it is measured beside

    func baseline(_ operation: String) -> String {
        switch (kind, operation) {
        case (.pgvector, "write"), (.pgvector, "scan"): "psql \\copy"
        case (.pgvector, _): "psycopg"
        case (.qdrant, _): "qdrant-client"
        case (.chroma, _): "chromadb HttpClient"
        case (.milvus, _): "pymilvus, gRPC"
        case (_, "search"): "sqlite3 with sqlite-vec"
        default: "sqlite3"
        }
    }

    func goal(_ operation: String) -> Double {
        baseline(operation) == "psql \\copy" ? 0.8 : 1
    }

    func bound(_ operation: String) -> String {
        switch (kind, operation) {
        case (.pgvector, "write"): "the server's COPY, and a commit a batch"
        case (.pgvector, "scan"): "a sorted page a statement, where COPY streams the table"
        case (.pgvector, "get"): "the server"
        case (.pgvector, _): "the server's search"
        case (.qdrant, _): "the shim, which reads and writes JSON in Python; the engine behind it"
        case (.chroma, "write"): "the server, which takes writes in turn"
        case (.chroma, _): "the server"
        case (.milvus, "write"): "Milvus's own work: both speak gRPC"
        case (.milvus, _): "Milvus's REST"
        case (_, "write"): "a sync of the disk a batch"
        case (_, "search"): "cores: every record is walked"
        default: "reading JSON"
        }
    }

    /// What the client's script printed.
    static func rates(_ text: String) throws -> [(String, Double)] {
        let line = text.split(separator: "\n").last.map(String.init) ?? ""
        guard case .object(let fields) = try JSON.parse(line), !fields.isEmpty else {
            throw BenchError("the client said '\(text)'")
        }
        return try fields.sortedByKey.map { name, value in
            switch value {
            case .double(let rate): (name, rate)
            case .int(let rate): (name, Double(rate))
            default: throw BenchError("the client said '\(text)'")
            }
        }
    }
}
