import JSON
import PlanCore
import Synchronization

/// Under which names the server knows the collection that moves: its own, and its aliases. A write
/// through an alias would else pass by as another collection's.
///
/// In this process alone: a gateway that is started once the source's server is gone knows the
/// collection by its own name only.
final class QdrantNames: Sendable {
    private struct Known {
        var own: String?
        /// Empty until the server was asked.
        var names: Set<String> = []
        var asked: Duration?
        /// What the plan's name stands for, where that is an alias.
        var real: String?
        /// When it was asked in vain, and what came of it.
        var failed: (at: Duration, error: StoreError)?

        func isFresh(_ now: Duration) -> Bool {
            asked.map { now - $0 < QdrantNames.age } ?? false
        }
    }

    private typealias Pair = (alias: String, collection: String)

    /// How old a list of aliases may be that was changed by somebody else.
    private static let age = Duration.seconds(5)

    private let time: any TimeSource
    private let known = Mutex(Known())

    init(time: any TimeSource) { self.time = time }

    func note(own: String) { known.withLock { $0.own = own } }

    /// By its own name, of which nobody has to be asked.
    func isOwn(_ name: String) -> Bool {
        known.withLock { known in known.own.map { QdrantNames.has(name, [$0]) } ?? false }
    }

    /// Where the server cannot be asked, the names stand that are known; of another nobody can say.
    ///
    /// - Parameters:
    ///   - hasMoved: whether the target leads.
    ///   - ask: the server's own answer to a `GET` of this path; nil where it has none.
    func isOurs(
        _ name: String, own: String, hasMoved: Bool, ask: (String) async throws -> [UInt8]?
    ) async throws -> Bool {
        do {
            // Not every request is to wait for a server that does not answer.
            if let error = lately() { throw error }
            return QdrantNames.has(name, try await all(own: own, hasMoved: hasMoved, ask: ask))
        } catch let error as StoreError {
            guard QdrantNames.has(name, known.withLock { $0.names }) else { throw error }
            return true
        }
    }

    private func lately() -> StoreError? {
        let now = time.now
        return known.withLock { known in
            guard let failed = known.failed, now - failed.at < QdrantNames.age,
                !known.isFresh(now)
            else { return nil }
            return failed.error
        }
    }

    func all(
        own: String, hasMoved: Bool, ask: (String) async throws -> [UInt8]?
    ) async throws -> Set<String> {
        let now = time.now
        let fresh = known.withLock { $0.isFresh(now) ? $0.names : nil }
        if let fresh { return fresh }
        let (pairs, others) = try await lists(own: own, hasMoved: hasMoved, ask: ask)
        return known.withLock { known in
            if let pairs {
                known.real = pairs.first { $0.alias == own }?.collection ?? known.real
                var earlier = hasMoved ? known.names : []
                earlier.subtract(others)
                earlier.formUnion(hasMoved ? [known.real].compactMap(\.self) : [])
                known.names = QdrantNames.names(own, pairs, besides: earlier)
            } else if known.names.isEmpty {
                known.names = [own]
            }
            known.asked = now
            return known.names
        }
    }

    /// Who is called what; and, where a name that was an alias is none any more, the collections'
    /// own names: it may be one of those by now.
    private func lists(
        own: String, hasMoved: Bool, ask: (String) async throws -> [UInt8]?
    ) async throws -> (pairs: [Pair]?, others: [String]) {
        do {
            let pairs = QdrantNames.pairs(try await ask("/aliases") ?? [])
            let earlier = hasMoved ? known.withLock { $0.names } : []
            guard let pairs, !earlier.subtracting([own] + pairs.map(\.alias)).isEmpty else {
                return (pairs, [])
            }
            return (pairs, QdrantNames.collections(try await ask("/collections") ?? []))
        } catch let error as StoreError where [.timeout, .unreachable].contains(error.kind) {
            let now = time.now
            known.withLock { $0.failed = (now, error) }
            throw error
        }
    }

    /// After aliases were changed through us.
    func forget() { known.withLock { $0.asked = nil } }

    private static func collections(_ bytes: [UInt8]) -> [String] {
        let root = (try? JSONDocument.parse(bytes))?.root
        return root?["result"]?["collections"]?.items.compactMap { $0["name"]?.string } ?? []
    }

    /// nil where it is no list of aliases.
    private static func pairs(_ bytes: [UInt8]) -> [Pair]? {
        let root = (try? JSONDocument.parse(bytes))?.root
        return root?["result"]?["aliases"]?.items.compactMap { node -> Pair? in
            guard let alias = node["alias_name"]?.string,
                let collection = node["collection_name"]?.string
            else { return nil }
            return (alias, collection)
        }
    }

    /// - Parameter earlier: what stays unless it is another collection's by now: once the source's
    ///   collection is dropped, its server lists none of its aliases.
    private static func names(
        _ own: String, _ pairs: [Pair], besides earlier: Set<String>
    ) -> Set<String> {
        // The plan may name an alias itself.
        let real = pairs.first { $0.alias == own }?.collection ?? own
        let others = pairs.filter { $0.collection != real }.map(\.alias)
        return Set([own, real] + pairs.filter { $0.collection == real }.map(\.alias))
            .union(earlier.subtracting(others))
    }

    private static func has(_ name: String, _ names: Set<String>) -> Bool {
        names.contains { $0.utf8.elementsEqual(name.utf8) }
    }
}
