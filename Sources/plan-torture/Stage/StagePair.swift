import Foundation

/// Between which stores a stage's migration goes.
enum StagePair: Sendable {
    /// To this database, from a file in the stage's folder; the application speaks the native dialect.
    case sqliteToPostgres(database: String)
    /// Between two servers, by their URLs; the application speaks Qdrant's API.
    case qdrantToQdrant(source: String, target: String)

    var database: String {
        if case .sqliteToPostgres(let database) = self { database } else { "" }
    }

    var dialect: String {
        if case .qdrantToQdrant = self { "qdrant" } else { "native" }
    }

    /// `limits`: what both endpoints have besides.
    func endpoints(_ limits: String) -> (source: String, target: String) {
        switch self {
        case .sqliteToPostgres:
            (
                "{store: sqlite, path: old.sqlite, table: packages, \(limits)}",
                "{store: pgvector, url: \"env:NEW_DATABASE_URL\", table: packages, \(limits)}"
            )
        case .qdrantToQdrant(let source, let target):
            (
                "{store: qdrant, url: \"\(source)\", collection: packages, ids: int, \(limits)}",
                "{store: qdrant, url: \"\(target)\", collection: moved, ids: int, \(limits)}"
            )
        }
    }

    /// By how many a gateway's pools may grow at work: those of servers that speak HTTP have room for
    /// 16 each, the application's and the mirror's of both sides.
    var connections: Int {
        switch self {
        case .sqliteToPostgres: 8
        case .qdrantToQdrant: 4 * 16
        }
    }

    /// Qdrant makes its index as it is filled.
    var indexStep: String {
        switch self {
        case .sqliteToPostgres: "  - create_index: {kind: hnsw, m: 8, ef_construction: 32}\n"
        case .qdrantToQdrant: ""
        }
    }

    /// Words of `plan-demo seed` that say where.
    func seed(_ folder: URL) -> [String] {
        switch self {
        case .sqliteToPostgres:
            ["--sqlite", folder.appendingPathComponent("old.sqlite").path]
        case .qdrantToQdrant(let source, _): ["--qdrant", source]
        }
    }
}
