import Foundation
import PlanCore
import PlanStores

/// Makes the source that a demo migrates.
enum SeedCommand {
    static func run(_ options: Options) async throws {
        let packages = try PackageFile.load(
            try options.required("data"), count: Int(options["records"] ?? "4000") ?? 4_000)
        let (store, place) = try open(options)
        try await store.create(
            CollectionDescription(
                name: "packages", idKind: .int,
                vectors: [.init(dimension: PackageFile.dimension, distance: .cosine)]))
        var rest = packages[...]
        while !rest.isEmpty {
            try await store.upsert(
                rest.prefix(500).map {
                    Record(id: .int($0.id), vector: $0.vector, payload: $0.payload)
                })
            rest = rest.dropFirst(500)
        }
        await store.close()
        print(
            "made \(place): \(packages.count) Debian packages, \(PackageFile.dimension) dimensions")
    }

    private static func open(
        _ options: Options
    ) throws -> (store: any VectorStore, place: String) {
        let name = options["table"] ?? "packages"
        if let url = options["qdrant"] {
            var configuration = QdrantStoreConfiguration(url: Secret(url), collection: name)
            configuration.ids = .int
            return (QdrantStore(configuration: configuration), url)
        }
        let path = try options.required("sqlite")
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        }
        return (SQLiteStore(configuration: .init(path: path, table: name)), path)
    }
}

/// Spoils a share of a target's vectors: what a broken copy, or another model's embeddings, would
/// look like. For the demo of a guard that fails.
enum ScrambleCommand {
    static func run(_ options: Options) async throws {
        let share = Double(options["share"] ?? "0.05") ?? 0.05
        let store = SQLiteStore(
            configuration: .init(
                path: try options.required("sqlite"), table: options["table"] ?? "packages"))
        var cursor: RecordID?
        var spoiled = 0
        while true {
            let page = try await store.scan(.all, after: cursor, limit: 500)
            let every = max(1, Int((1 / share).rounded()))
            let chosen = page.enumerated().filter { $0.offset % every == 0 }.map(\.element)
            try await store.upsert(
                chosen.map { record in
                    var record = record
                    record.vectors[Record.defaultVector] = .dense((record.vector ?? []).reversed())
                    return record
                })
            spoiled += chosen.count
            guard page.count == 500, let last = page.last else { break }
            cursor = last.id
        }
        await store.close()
        print("scrambled \(spoiled) vectors")
    }
}
