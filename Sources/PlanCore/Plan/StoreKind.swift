/// The kinds of store a plan may name.
package enum StoreKind: String, Hashable, Sendable, CaseIterable {
    case sqlite, pgvector, qdrant, chroma, milvus, files

    /// Those this build can open; the others are refused by name, not as unknown.
    package static let built: [StoreKind] = [
        .sqlite, .pgvector, .qdrant, .chroma, .milvus, .files,
    ]

    /// `sqlite, pgvector, …, milvus and files`
    package static var builtWords: String {
        let words = built.map(\.rawValue)
        return words.dropLast().joined(separator: ", ") + " and " + (words.last ?? "")
    }

    package var isBuilt: Bool { Self.built.contains(self) }

    /// How far behind a read may be, unless the plan says otherwise: of Milvus its own promise,
    /// `common.gracefulTime`.
    package var stalenessBound: Duration { self == .milvus ? .seconds(5) : .zero }

    /// On this machine's disk: no server, no key, no index of its own; search is exact.
    package var isLocal: Bool { self == .sqlite || self == .files }

    /// The longest an abandoned request may still be applied: what is local has no queue.
    package func quarantine(deadline: Duration) -> Duration {
        isLocal ? deadline : deadline + .seconds(5)
    }

    /// The settings that `search:` takes, whole numbers from 1.
    package var searchSettings: [String] {
        switch self {
        case .sqlite, .files: []
        case .pgvector: ["ef_search", "probes"]
        case .qdrant: ["hnsw_ef"]
        case .chroma: ["ef_search"]
        case .milvus: ["ef", "nprobe"]
        }
    }
}
