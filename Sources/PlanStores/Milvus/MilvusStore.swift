import Foundation
import JSON
import PlanCore
import Synchronization

/// A collection of a Milvus server, over its REST API; records are written over gRPC where there is
/// one.
///
/// Reads are bounded-stale: a strong read is one begun `stalenessBound` after what it must see.
/// Milvus replaces whole records, so an update reads the record first, and waits out the bound
/// before it does, under a lock of this process.
package final class MilvusStore: SizedStore {
    package let kind = MilvusServer.store
    package let configuration: MilvusStoreConfiguration

    let server: MilvusServer
    let calls: MilvusRPC
    let locks = KeyLocks()
    let writes: RequestSize
    /// Of reads that bring vectors or payloads.
    let reads: RequestSize
    /// Whether no id was there several times when somebody looked.
    let holdsEachOnce = Atomic(false)
    /// Whether the server was seen to heed the level of consistency that a query asks for.
    let heedsLevels = Atomic(false)
    /// Whether the collection was made so that every read sees every write.
    let isStrong = Atomic(false)
    private let declared: StoreCapabilities
    private let memo = Mutex<(shape: MilvusShape, at: ContinuousClock.Instant)?>(nil)

    /// Opens nothing yet: a server that is not there is found out by the first call.
    package init(configuration: MilvusStoreConfiguration) {
        self.configuration = configuration
        server = MilvusServer(configuration)
        calls = MilvusRPC(configuration)
        let deadline = configuration.http.deadline
        writes = RequestSize(most: MilvusStore.batchMax, deadline: deadline)
        reads = RequestSize(most: MilvusStore.batchMax, deadline: deadline)
        var capabilities = StoreCapabilities()
        capabilities.distances = [.cosine, .l2, .innerProduct]
        capabilities.stalenessBound = configuration.stalenessBound
        capabilities.batchLimit = MilvusStore.batchMax
        capabilities.refusedIDKinds = [.intOrText, .intOrUUID]
        capabilities.keepsVectorName = false
        capabilities.maximumDimension = 32_768
        declared = capabilities
    }

    /// Only the second version of the API renames; which one it is, the first call finds out.
    package var capabilities: StoreCapabilities {
        var capabilities = declared
        capabilities.canRename = server.knownVersion == .two
        return capabilities
    }

    static let batchMax = 1_000
    /// Milvus answers no query with more.
    static let pageMax = 16_384

    /// Reads that go over the whole collection change nothing and may take longer than a request.
    var patience: Duration { max(configuration.http.deadline, .seconds(600)) }

    private static let memoAge = Duration.seconds(10)

    func shape(_ operation: String) async throws -> MilvusShape {
        if let known = memo.withLock({ $0 }), .now - known.at < MilvusStore.memoAge {
            return known.shape
        }
        guard let found = try await look(operation) else {
            throw server.error(
                .notFound, "there is no collection '\(configuration.collection)'", operation)
        }
        return found
    }

    /// nil where the collection does not exist.
    func look(_ operation: String) async throws -> MilvusShape? {
        forgetShape()
        do {
            guard let node = try await server.describe(configuration.collection, operation) else {
                return nil
            }
            let shape = try MilvusShape(node, server, operation)
            isStrong.store(shape.level == "Strong", ordering: .relaxed)
            if shape.isLoaded { memo.withLock { $0 = (shape, .now) } }
            return shape
        } catch let error as StoreError where error.kind == .notFound {
            return nil
        }
    }

    func forgetShape() { memo.withLock { $0 = nil } }

    /// One call against the collection as it is known.
    func run<Result: Sendable>(
        _ operation: String, _ body: (MilvusShape) async throws -> Result
    ) async throws -> Result {
        do {
            return try await body(try await shape(operation))
        } catch let error as StoreError {
            if error.kind == .notFound || error.kind == .refused { forgetShape() }
            throw error
        }
    }

    /// `collectionName`, and whatever else a call takes.
    func call(
        _ operation: String, _ paths: (one: String, two: String),
        _ effect: HTTPChannel.Effect = .none, limit: Duration? = nil,
        size: RequestSize.Use? = nil,
        _ body: (MilvusServer.Version, inout JSONWriter) -> Void = { _, _ in }
    ) async throws -> JSONNode? {
        let name = configuration.collection
        return try await server.call(
            operation, paths, effect, limit: limit, size: size
        ) { version, writer in
            writer.key("collectionName")
            writer.write(name)
            body(version, &writer)
        }
    }

    /// Milvus's REST says nothing of the server itself: the address has to do.
    package func identity() async throws -> StoreIdentity {
        forgetShape()
        _ = try await shape("identity")
        return StoreIdentity(
            kind: kind, instance: ValueReference.literal(configuration.http.url.reveal()).redacted,
            collection: "\(configuration.database ?? "default").\(configuration.collection)")
    }

    package func describe() async throws -> CollectionDescription? {
        guard let shape = try await look("describe") else { return nil }
        // Here alone, before a run: what works by now goes on working.
        if shape.isLoaded { try await checkLevel(shape, "describe") }
        return shape.description
    }

    package func drop() async throws {
        forgetShape()
        do {
            _ = try await call("drop", ("collections/drop", "collections/drop"), .write)
        } catch let error as StoreError where error.kind == .notFound {}
    }

    package func rename(to name: String) async throws {
        guard try await server.version("rename") == .two else {
            throw server.error(
                .unsupported, "milvus before 2.4 renames nothing over REST; keep the collection",
                "rename")
        }
        forgetShape()
        _ = try await call("rename", ("", "collections/rename"), .write) { _, writer in
            writer.key("newCollectionName")
            writer.write(name)
        }
    }

    package func createIndex(_ spec: IndexSpec) async throws {
        throw server.error(
            .unsupported, "milvus has its index from a collection's making; leave the step out",
            "create_index")
    }

    package func dropIndex(_ spec: IndexSpec) async throws {}

    package func indexState(_ spec: IndexSpec) async throws -> IndexState {
        forgetShape()
        return try await shape("index_state").hasIndex ? .ready : .absent
    }

    /// A delete of an id made up for it, which nobody has: it asks for the same right as any other
    /// write. An empty text, or the greatest integer, may be somebody's.
    package func checkWritable() async throws {
        forgetShape()
        guard let shape = try await look("check") else { return }
        try checkUsable(shape, "check")
        let nobody: RecordID =
            shape.isText
            ? .string("crossfade-check-\(UUID().uuidString)")
            : .int(Int64.random(in: (1 << 62)..<Int64.max))
        _ = try await call("check", ("delete", "entities/delete"), .none) { _, writer in
            writer.key("filter")
            writer.write(shape.among([nobody]))
        }
    }

    func checkUsable(_ shape: MilvusShape, _ operation: String) throws {
        if shape.makesIDs {
            throw server.error(
                .unsupported,
                "the collection '\(configuration.collection)' makes its ids itself; records keep "
                    + "theirs only in one made with autoId off", operation)
        }
        if shape.isLoading {
            throw server.error(
                .busy,
                "the collection '\(configuration.collection)' is being loaded; try again",
                operation)
        }
        if !shape.isLoaded {
            throw server.error(
                .other,
                "the collection '\(configuration.collection)' is not loaded; load it on the server",
                operation)
        }
    }

    package func close() async {
        server.channel.close()
        calls.close()
    }
}
