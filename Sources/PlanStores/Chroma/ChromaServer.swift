import HTTPClient
import JSON
import PlanCore
import Synchronization

/// One database of a Chroma server: its addresses, its words, its limits.
final class ChromaServer: Sendable {
    static let store = "chroma"
    /// What the server says where a record is deleted while it reads it (HTTP 500).
    static let goneRecord = "Error finding id"
    /// What it says where it writes a collection's graph to disk just then, for the first time.
    static let newGraph = "Nothing found on disk"
    /// What we say of an answer whose records have no vectors: the server finds a collection's
    /// dimension before its records, so the first write may come between the two.
    static let unmeasured = "as if the collection had no dimension"

    let channel: HTTPChannel
    /// The database's own path.
    let database: String
    private let limits = Mutex<Limits?>(nil)
    /// Whether it has been seen to be Chroma's.
    private let isItself = Atomic(false)

    struct Limits: Hashable, Sendable {
        /// Records in one request, at most.
        var batch: Int
        /// Whether embeddings may be sent as base64 of float32.
        var takesBase64: Bool
    }

    init(_ configuration: ChromaStoreConfiguration) {
        var headers: [(name: String, value: String)] = []
        if let key = configuration.http.apiKey?.reveal() {
            headers = [("X-Chroma-Token", key), ("Authorization", "Bearer \(key)")]
        }
        channel = HTTPChannel(
            store: ChromaServer.store, configuration: configuration.http, headers: headers,
            words: ChromaServer.words)
        database =
            "/api/v2/tenants/\(configuration.tenant.percentEscaped)"
            + "/databases/\(configuration.database.percentEscaped)"
    }

    /// `{"error": "InvalidArgumentError", "message": "…"}`
    private static func words(_ response: HTTPClientResponse) -> String {
        guard let root = try? JSONDocument.parse(response.body).root,
            let message = root["message"]?.string ?? root["detail"]?.string
        else { return "" }
        if message.contains("message to compactor") || message.contains("request to compactor") {
            return message + "; the server's log writer has died: start the server again"
        }
        return message
    }

    func collection(_ name: String) -> String {
        database + "/collections/" + name.percentEscaped
    }

    @discardableResult
    func call(
        _ operation: String, _ method: String, _ path: String,
        _ effect: HTTPChannel.Effect = .none, limit: Duration? = nil,
        size: RequestSize.Use? = nil,
        body: (inout JSONWriter) -> Void = { _ in }
    ) async throws -> JSONDocument {
        var writer = JSONWriter()
        body(&writer)
        let call = HTTPChannel.Call(
            operation, method, path, body: writer.bytes, effect, limit: limit, size: size)
        return try channel.document(try await channel.send(call), call)
    }

    /// Other servers have no such path either, and know of no collections.
    func checkItself(_ operation: String) async throws {
        if isItself.load(ordering: .relaxed) { return }
        for path in ["/api/v2/heartbeat", "/api/v1/heartbeat"] {
            let call = HTTPChannel.Call(operation, "GET", path)
            let answer = try await channel.send(call, expected: [404])
            let root = try? JSONDocument.parse(answer.body).root
            guard answer.status != 404, root?["nanosecond heartbeat"] != nil else { continue }
            guard path.contains("v2") else {
                throw error(
                    .unsupported,
                    "the chroma server speaks only the first version of its API; "
                        + "0.6 and later speak the second", operation)
            }
            isItself.store(true, ordering: .relaxed)
            return
        }
        throw channel.failure.foreign("no heartbeat", operation, mayBeApplied: false)
    }

    /// Asked for once.
    func limits(_ operation: String) async throws -> Limits {
        if let known = limits.withLock({ $0 }) { return known }
        let root = try await call(operation, "GET", "/api/v2/pre-flight-checks").root
        let found = Limits(
            batch: max(
                1,
                min(
                    root["max_batch_size"]?.int ?? ChromaServer.batchMax,
                    ChromaServer.batchMax)),
            takesBase64: root["supports_base64_encoding"]?.bool ?? false)
        limits.withLock { $0 = found }
        return found
    }

    /// The server takes 5,461; a batch of that size needs longer than a request should.
    static let batchMax = 1_000

    /// In their order, as many at a time as one request takes.
    static func batches<Item>(
        _ items: [Item], of size: Int = ChromaServer.batchMax
    ) -> [ArraySlice<Item>] {
        stride(from: 0, to: items.count, by: size).map {
            items[$0..<min($0 + size, items.count)]
        }
    }

    static func passes(_ error: StoreError) -> Bool {
        [goneRecord, newGraph, unmeasured].contains { error.message.contains($0) }
    }

    func error(
        _ kind: StoreError.Kind, _ message: String, _ operation: String, ids: [RecordID] = []
    ) -> StoreError {
        channel.failure.error(kind, message, operation, ids: ids)
    }
}
