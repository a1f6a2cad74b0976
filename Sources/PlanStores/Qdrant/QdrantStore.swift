import HTTPClient
import JSON
import PlanCore
import Synchronization

/// A collection of Qdrant, over its REST API.
///
/// Every write waits until it is applied. A batch is taken point by point there: one that fails
/// may be applied in part (qdrant issue 4626), which its error then says.
package final class QdrantStore: SizedStore {
    package let kind = QdrantAPI.store
    package let capabilities: StoreCapabilities
    package let configuration: QdrantStoreConfiguration

    let api: QdrantAPI
    private let known = Mutex<QdrantShape?>(nil)
    /// A server before 1.10 searches by `/points/search` alone.
    let lacksQuery = Mutex(false)
    let writes: RequestSize
    /// Of reads that bring vectors or payloads.
    let reads: RequestSize

    /// Connects to nothing yet.
    package init(configuration: QdrantStoreConfiguration) {
        self.configuration = configuration
        api = QdrantAPI(configuration)
        let deadline = configuration.http.deadline
        writes = RequestSize(most: QdrantStore.upsertLimit, deadline: deadline)
        reads = RequestSize(most: QdrantStore.pageLimit, deadline: deadline)
        var capabilities = StoreCapabilities()
        capabilities.supportsNamedVectors = true
        capabilities.supportsSparseVectors = true
        capabilities.normalizesCosine = true
        capabilities.requiresEveryVector = false
        capabilities.holdsAnyNumber = false
        capabilities.canRename = false
        capabilities.indexKinds = ["hnsw"]
        capabilities.maximumDimension = 65_535
        self.capabilities = capabilities
    }

    package func close() async { api.channel.close() }

    /// The collection's shape, remembered until a call finds it wrong.
    func shape(_ operation: String) async throws -> QdrantShape {
        if let shape = known.withLock({ $0 }) { return shape }
        guard let shape = try await freshShape(operation) else {
            throw api.failure.error(
                .notFound, "there is no collection '\(configuration.collection)'", operation)
        }
        return shape
    }

    /// nil where the collection does not exist.
    func freshShape(_ operation: String) async throws -> QdrantShape? {
        forgetShape()
        let call = HTTPChannel.Call(operation, "GET", api.collection)
        guard case .result(let document) = try await api.ask(call) else { return nil }
        guard let info = document.root["result"] else { return nil }
        do throws(QdrantShapeError) {
            let shape = try QdrantShape(info, configuration)
            known.withLock { $0 = shape }
            return shape
        } catch {
            throw api.failure.error(
                .unsupported,
                "the collection '\(configuration.collection)' cannot be carried: \(error.message)",
                operation)
        }
    }

    func forgetShape() { known.withLock { $0 = nil } }

    /// One call against the collection as it is known; it is looked at anew after an error that
    /// may mean that it is another by now.
    func run<Result: Sendable>(
        _ operation: String, _ body: (QdrantShape) async throws -> Result
    ) async throws -> Result {
        do {
            return try await body(try await shape(operation))
        } catch let error as StoreError {
            if error.kind == .notFound || error.kind == .refused { forgetShape() }
            throw error
        }
    }

    package func describe() async throws -> CollectionDescription? {
        try await freshShape("describe")?.description
    }

    /// Qdrant has no name of its own for a server that stands alone: then it is its address.
    package func identity() async throws -> StoreIdentity {
        guard try await freshShape("identity") != nil else {
            throw api.failure.error(
                .notFound, "there is no collection '\(configuration.collection)'", "identity")
        }
        return StoreIdentity(
            kind: QdrantAPI.store, instance: QdrantStore.place(configuration.http.url.reveal()),
            collection: configuration.collection)
    }

    /// An address without what is secret in it: scheme, host, port and path.
    static func place(_ url: String) -> String {
        var text = ValueReference.literal(url).redacted
        if let mark = text.firstIndex(where: { $0 == "?" || $0 == "#" }) {
            text = String(text[..<mark])
        }
        while text.hasSuffix("/") { text.removeLast() }
        return text.lowercased()
    }

    package func drop() async throws {
        let dropped = try await api.ask(.init("drop", "DELETE", api.collection, .write))
        forgetShape()
        // It deletes collections by their own names alone, and says no more than false.
        guard case .result(let answer) = dropped, answer.root["result"]?.bool == false,
            try await describe() != nil
        else { return }
        throw api.failure.error(
            .unsupported,
            "'\(configuration.collection)' is an alias, which qdrant does not delete a collection by; "
                + "drop the collection itself, or say 'source: keep'", "drop")
    }

    package func rename(to name: String) async throws {
        throw api.failure.error(
            .unsupported,
            "qdrant cannot rename a collection; say 'source: keep' or 'source: drop'", "rename")
    }

    /// Deletes no point at all: whoever may not write is told so.
    package func checkWritable() async throws {
        guard try await freshShape("check") != nil else {
            let call = HTTPChannel.Call("check", "GET", "/collections")
            _ = try await api.result(call)
            return
        }
        let body = request { $0["points"] = [] }
        try await api.change(
            .init("check", "POST", path("/points/delete", "wait=true"), body: body, .write),
            isAtomic: true)
    }

    func path(_ rest: String, _ query: String = "") -> String {
        api.collection + rest + (query.isEmpty ? "" : "?" + query)
    }

    /// A request's body; the shard is named where there is one.
    func request(_ fill: (inout JSONObject) -> Void) -> [UInt8] {
        var body: JSONObject = [:]
        if let key = configuration.shardKey { body["shard_key"] = .string(key) }
        fill(&body)
        var writer = JSONWriter()
        writer.write(.object(body))
        return writer.bytes
    }
}
