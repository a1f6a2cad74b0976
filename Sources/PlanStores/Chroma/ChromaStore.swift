import ChromaFormat
import JSON
import PlanCore
import Synchronization

/// A collection of a Chroma server.
///
/// Chroma merges what is written into what is there. To replace a record, its fields are read
/// first and those that must go are set to null: two requests, one write at a time. Two
/// processes that replace one record at once, with different fields, may leave fields of both.
///
/// Ids are texts there, in no order: a scan lists all ids, sorts them as ours are sorted, and
/// fetches a page of them.
package final class ChromaStore: SizedStore {
    package let kind = ChromaServer.store
    package let capabilities: StoreCapabilities
    package let configuration: ChromaStoreConfiguration

    let server: ChromaServer
    let listings = ChromaListings()
    let turns = ChromaTurns()
    private let memo = Mutex<(shape: ChromaShape, at: ContinuousClock.Instant)?>(nil)
    private let writerMemo = Mutex<ChromaWriter?>(nil)
    private let listsRefused = Atomic<Bool>(false)

    let writes: RequestSize
    /// Of reads that bring vectors or payloads.
    let reads: RequestSize

    /// Opens nothing yet: a server that is not there is found out by the first call.
    package init(configuration: ChromaStoreConfiguration) {
        self.configuration = configuration
        server = ChromaServer(configuration)
        let deadline = configuration.http.deadline
        writes = RequestSize(most: ChromaServer.batchMax, deadline: deadline)
        reads = RequestSize(most: ChromaServer.batchMax, deadline: deadline)
        var capabilities = StoreCapabilities()
        capabilities.distances = [.cosine, .l2, .innerProduct]
        capabilities.normalizesCosine = true
        capabilities.refusedIDKinds = [.intOrText]
        capabilities.holdsNestedPayload = false
        capabilities.listsForEveryRange = true
        capabilities.batchLimit = ChromaServer.batchMax
        self.capabilities = capabilities
    }

    /// The store outlives whatever is sent: a write that is under way holds it.
    var writer: ChromaWriter {
        writerMemo.withLock { memo in
            if let memo { return memo }
            let made = ChromaWriter(deadline: configuration.http.deadline) {
                [weak self] kind, items, limit in
                guard let self else { throw CancellationError() }
                return try await self.send(kind, items, within: limit)
            }
            memo = made
            return made
        }
    }

    /// Reads that go over the whole collection change nothing and may take longer than a request.
    var patience: Duration { max(configuration.http.deadline, .seconds(600)) }

    var metadata: ChromaMetadata {
        ChromaMetadata(
            documentField: configuration.documentField,
            holdsLists: !listsRefused.load(ordering: .relaxed))
    }

    func forgoLists() { listsRefused.store(true, ordering: .relaxed) }

    /// How long a name is taken for the collection it stood for. A collection may be renamed, and
    /// another take its name.
    private static let memoAge = Duration.seconds(10)

    func shape(_ operation: String) async throws -> ChromaShape {
        if let known = memo.withLock({ $0 }), .now - known.at < ChromaStore.memoAge {
            return known.shape
        }
        guard let found = try await look(operation) else {
            throw server.error(
                .notFound, "there is no collection '\(configuration.collection)'", operation)
        }
        return found
    }

    /// nil where the collection does not exist.
    private func look(_ operation: String) async throws -> ChromaShape? {
        forgetShape()
        do {
            let path = server.collection(configuration.collection)
            let root = try await server.call(operation, "GET", path).root
            guard let shape = ChromaShape(root) else {
                throw server.channel.failure.foreign(
                    "a collection without an id", operation, mayBeApplied: false)
            }
            if shape.description.vectors.allSatisfy({ $0.dimension > 0 }) {
                memo.withLock { $0 = (shape, .now) }
            }
            return shape
        } catch let error as StoreError where error.kind == .notFound {
            try await server.checkItself(operation)
            return nil
        }
    }

    func forgetShape() { memo.withLock { $0 = nil } }

    /// One call against the collection as it is known; once more where that one is gone and the
    /// name stands for another.
    func run<Result: Sendable>(
        _ operation: String, _ body: (ChromaShape) async throws -> Result
    ) async throws -> Result {
        let known = try await shape(operation)
        do {
            return try await body(known)
        } catch let error as StoreError where error.kind == .notFound && error.isDefinite {
            forgetShape()
            let found = try await shape(operation)
            guard found.id != known.id else { throw error }
            return try await body(found)
        }
    }

    func path(_ shape: ChromaShape, _ what: String) -> String {
        server.collection(shape.id) + "/" + what
    }

    package func identity() async throws -> StoreIdentity {
        forgetShape()
        let shape = try await shape("identity")
        return StoreIdentity(
            kind: kind, instance: shape.id,
            collection: "\(configuration.tenant)/\(configuration.database)/"
                + configuration.collection)
    }

    package func describe() async throws -> CollectionDescription? {
        try await look("describe")?.description
    }

    package func drop() async throws {
        forgetShape()
        do {
            try await empty(try await shape("drop"))
            forgetShape()
            let path = server.collection(configuration.collection)
            try await server.call("drop", "DELETE", path, .write)
        } catch let error as StoreError where error.kind == .notFound {}
    }

    package func rename(to name: String) async throws {
        forgetShape()
        let shape = try await shape("rename")
        forgetShape()
        try await server.call("rename", "PUT", server.collection(shape.id), .write) { writer in
            writer.object {
                $0.key("new_name")
                $0.write(name)
            }
        }
    }

    package func createIndex(_ spec: IndexSpec) async throws {
        throw server.error(
            .unsupported,
            "chroma builds its own index as records come; leave the step out", "create_index")
    }

    package func dropIndex(_ spec: IndexSpec) async throws {}
    package func indexState(_ spec: IndexSpec) async throws -> IndexState { .absent }

    /// An upsert of nothing, which asks for the same right as any other.
    package func checkWritable() async throws {
        forgetShape()
        do {
            let shape = try await shape("check")
            try await server.call("check", "POST", path(shape, "upsert")) { writer in
                writer.object {
                    $0.key("ids")
                    $0.array { _ in }
                    $0.key("embeddings")
                    $0.array { _ in }
                }
            }
        } catch let error as StoreError where error.kind == .notFound {
            try await checkDatabase("check")
        }
    }

    func checkDatabase(_ operation: String) async throws {
        do {
            try await server.call(operation, "GET", server.database)
        } catch let error as StoreError where error.kind == .notFound {
            throw server.error(
                .notFound,
                "there is no database '\(configuration.database)' of the tenant "
                    + "'\(configuration.tenant)'; make it, or name another", operation)
        }
    }

    package func close() async { server.channel.close() }
}
