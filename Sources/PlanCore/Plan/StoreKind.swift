/// The kinds of store a plan may name.
package enum StoreKind: String, Hashable, Sendable, CaseIterable {
    case sqlite, pgvector, qdrant, chroma, milvus

    /// Those this build can open; the others are refused by name, not as unknown.
    package static let built: [StoreKind] = [.sqlite, .pgvector, .qdrant, .chroma, .milvus]

    /// `sqlite, pgvector, qdrant, chroma and milvus`
    package static var builtWords: String {
        let words = built.map(\.rawValue)
        return words.dropLast().joined(separator: ", ") + " and " + (words.last ?? "")
    }

    package var isBuilt: Bool { Self.built.contains(self) }

    /// How far behind a read may be, unless the plan says otherwise.
    package var stalenessBound: Duration { self == .milvus ? .seconds(1) : .zero }

    /// The longest an abandoned request may still be applied: SQLite has no queue of its own.
    package func quarantine(deadline: Duration) -> Duration {
        self == .sqlite ? deadline : deadline + .seconds(5)
    }

    /// The settings that `search:` takes, whole numbers from 1.
    package var searchSettings: [String] {
        switch self {
        case .sqlite: []
        case .pgvector: ["ef_search", "probes"]
        case .qdrant: ["hnsw_ef"]
        case .chroma: ["ef_search"]
        case .milvus: ["ef", "nprobe"]
        }
    }
}
