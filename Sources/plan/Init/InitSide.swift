import PlanCore
import PlanStores

/// One of the two stores of a plan that is being made: where it is, and what was found there.
struct InitSide: Sendable {
    var kind: StoreKind
    var address: ValueReference
    var collection: String
    var key: SecretReference?
    /// The library of SQLite's that knows the table.
    var library: String?
    /// The table as the database tells of it; nil where that is none, or it is not there.
    var table: FoundTable?

    /// Throws where nothing answers, or where it is not clear which collection is meant.
    static func source(_ place: StorePlace, _ world: any ExternalWorld) async throws -> InitSide {
        let (kind, names, tables) = try await look(place, world)
        guard let name = place.collection ?? (names.count == 1 ? names[0] : nil) else {
            throw Diagnostic(
                names.isEmpty
                    ? "there is no collection at '\(place.address.redacted)'"
                    : "there are several collections at '\(place.address.redacted)': "
                        + names.prefix(20).joined(separator: ", "),
                hint: "say which: --source=…#NAME")
        }
        guard names.contains(name) || names.contains("public.\(name)") || kind.isRemote else {
            throw Diagnostic(
                "there is no collection '\(name)' at '\(place.address.redacted)'",
                hint: names.isEmpty ? nil : "there are \(names.prefix(20).joined(separator: ", "))")
        }
        return side(place, kind, name, tables)
    }

    /// Its collection may not be there yet: the name is the source's, spelled as the store takes
    /// it.
    static func target(
        _ place: StorePlace, for source: InitSide, _ world: any ExternalWorld
    ) async throws -> InitSide {
        let kind: StoreKind
        if let known = place.kind {
            kind = known
        } else {
            kind = try await look(place, world).kind
        }
        let name = place.collection ?? spelled(source.collection, kind)
        return InitSide(kind: kind, address: place.address, collection: name, key: place.key)
    }

    private static func look(
        _ place: StorePlace, _ world: any ExternalWorld
    ) async throws -> (kind: StoreKind, names: [String], tables: [FoundTable]) {
        switch place.kind {
        case .sqlite:
            let tables: [FoundTable]
            do {
                tables = try await SQLiteScout.tables(path: place.resolved)
            } catch let error as StoreError where error.kind == .notFound {
                throw Diagnostic(
                    "there is no file '\(place.address.redacted)'",
                    hint: "give the path of a SQLite file, or a URL: \(StorePlace.examples)")
            }
            return (.sqlite, tables.map(\.name), tables)
        case .pgvector:
            let tables = try await PostgresScout.tables(connection: Secret(place.resolved))
            return (.pgvector, tables.map(\.label), tables)
        case .files:
            let names = FilesStore.collections(in: place.resolved)
            guard !names.isEmpty else {
                throw Diagnostic(
                    "there is no collection in the folder '\(place.address.redacted)'",
                    hint: "give the folder that holds it: --source=files:backups#products")
            }
            return (.files, names, [])
        case let kind:
            let key = try place.key?.resolve(environment: world.environment, read: world.read)
            let scout = ServerScout(place.resolved, key: key?.reveal())
            let found: StoreKind
            if let kind { found = kind } else { found = try await scout.kind() }
            return (found, try await scout.names(found) ?? [], [])
        }
    }

    private static func side(
        _ place: StorePlace, _ kind: StoreKind, _ name: String, _ tables: [FoundTable]
    ) -> InitSide {
        let table = tables.first { $0.label == name || $0.name == name }
        return InitSide(
            kind: kind, address: place.address, collection: table?.name ?? name, key: place.key,
            table: table)
    }

    private static func spelled(_ name: String, _ kind: StoreKind) -> String {
        switch kind {
        case .milvus:
            let letters = name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
            return (letters.first?.isNumber == true ? "_" : "") + String(letters)
        case .chroma: return name.count < 3 ? name + "-records" : name
        case .sqlite, .pgvector, .qdrant, .files: return name
        }
    }
}

extension FoundTable {
    /// As `--source=…#NAME` takes it.
    var label: String { schema.isEmpty || schema == "public" ? name : "\(schema).\(name)" }
}

extension StoreKind {
    /// Reached by HTTP.
    var isRemote: Bool { !isLocal && self != .pgvector }
}
