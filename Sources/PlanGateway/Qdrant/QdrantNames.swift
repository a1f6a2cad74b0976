import JSON
import PlanCore
import Synchronization

/// Under which names the server knows the collection that moves: its own, and its aliases. A write
/// through an alias would else pass by as another collection's.
final class QdrantNames: Sendable {
    private struct Known {
        var names: Set<String> = []
        var read: Duration?
    }

    /// How old a list of aliases may be that was changed by somebody else.
    private static let age = Duration.seconds(5)

    private let known = Mutex(Known())

    /// - Parameter ask: the server's own answer to `GET /aliases`; nil where it has none.
    func isOurs(
        _ name: String, own: String, now: Duration, ask: () async throws -> [UInt8]?
    ) async throws -> Bool {
        try await all(own: own, now: now, ask: ask).contains {
            $0.utf8.elementsEqual(name.utf8)
        }
    }

    func all(
        own: String, now: Duration, ask: () async throws -> [UInt8]?
    ) async throws -> Set<String> {
        let fresh = known.withLock { known in
            known.read.flatMap { now - $0 < QdrantNames.age ? known.names : nil }
        }
        if let fresh { return fresh }
        let names = QdrantNames.read(try await ask() ?? [], own: own)
        known.withLock { $0 = Known(names: names, read: now) }
        return names
    }

    /// After aliases were changed through us.
    func forget() { known.withLock { $0.read = nil } }

    static func read(_ bytes: [UInt8], own: String) -> Set<String> {
        let list = (try? JSONDocument.parse(bytes))?.root["result"]?["aliases"]?.items ?? []
        let pairs = list.compactMap { node -> (alias: String, collection: String)? in
            guard let alias = node["alias_name"]?.string,
                let collection = node["collection_name"]?.string
            else { return nil }
            return (alias, collection)
        }
        // The plan may name an alias itself.
        let real = pairs.first { $0.alias == own }?.collection ?? own
        return Set([own, real] + pairs.filter { $0.collection == real }.map(\.alias))
    }
}
