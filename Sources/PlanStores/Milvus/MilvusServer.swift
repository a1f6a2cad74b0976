import HTTPClient
import JSON
import PlanCore
import Synchronization

/// A Milvus server's REST API in whichever of its two versions it has: 2.3 has the first, 2.4 and
/// later have the second. Found out by the first call.
final class MilvusServer: Sendable {
    static let store = "milvus"

    enum Version: Sendable { case one, two }

    let channel: HTTPChannel
    private let database: String?
    private let known = Mutex<Version?>(nil)

    init(_ configuration: MilvusStoreConfiguration) {
        let key = configuration.http.apiKey?.reveal()
        channel = HTTPChannel(
            store: MilvusServer.store, configuration: configuration.http,
            headers: [("Accept-Type-Allow-Int64", "true")]
                + (key.map { [("Authorization", "Bearer \($0)")] } ?? []),
            words: MilvusServer.words)
        database = configuration.database
    }

    private static func words(_ response: HTTPClientResponse) -> String {
        (try? JSONDocument.parse(response.body))?.root["message"]?.string ?? ""
    }

    /// nil until a call found it out.
    var knownVersion: Version? { known.withLock { $0 } }

    func version(_ operation: String) async throws -> Version {
        if let knownVersion { return knownVersion }
        let call = HTTPChannel.Call(
            operation, "POST", "/v2/vectordb/collections/list", body: Array("{}".utf8))
        let answer = try await channel.send(call, expected: [404])
        var found = Version.two
        if answer.status == 404 {
            found = .one
            let first = HTTPChannel.Call(operation, "GET", "/v1/vector/collections")
            let listed = try await channel.send(first, expected: [404])
            guard listed.status != 404 else {
                throw channel.failure.foreign(
                    "neither version of milvus's API", operation, mayBeApplied: false)
            }
        }
        known.withLock { $0 = found }
        return found
    }

    /// `data` of the answer. Milvus says its errors with status 200 and a code of its own.
    func call(
        _ operation: String, _ paths: (one: String, two: String),
        _ effect: HTTPChannel.Effect = .none, limit: Duration? = nil,
        size: RequestSize.Use? = nil,
        body: (Version, inout JSONWriter) -> Void
    ) async throws -> JSONNode? {
        let version = try await version(operation)
        var writer = JSONWriter()
        writer.object { writer in
            if let database {
                writer.key("dbName")
                writer.write(database)
            }
            body(version, &writer)
        }
        var call = HTTPChannel.Call(
            operation, "POST",
            version == .one ? "/v1/vector/" + paths.one : "/v2/vectordb/" + paths.two,
            body: writer.bytes, effect, limit: limit, size: size)
        // The server's own patience ends after 30 s where nobody asks for more.
        if let limit { call.headers = [("Request-Timeout", "\(limit.components.seconds)")] }
        return try check(try await channel.send(call), call)
    }

    /// The first version reads descriptions by GET.
    func describe(_ collection: String, _ operation: String) async throws -> JSONNode? {
        guard try await version(operation) == .one else {
            return try await call(operation, ("", "collections/describe")) { _, writer in
                writer.key("collectionName")
                writer.write(collection)
            }
        }
        var path =
            "/v1/vector/collections/describe?collectionName=" + collection.percentEscaped
        if let database { path += "&dbName=" + database.percentEscaped }
        let call = HTTPChannel.Call(operation, "GET", path)
        return try check(try await channel.send(call), call)
    }

    private func check(_ response: HTTPClientResponse, _ call: HTTPChannel.Call) throws -> JSONNode?
    {
        let root = try channel.document(response, call).root
        let code = root["code"]?.int ?? -1
        let status = MilvusStatus(code: code, reason: root["message"]?.string ?? "")
        if status.isSuccess || status.code == 200 { return root["data"] }
        if status.isTimeout, let use = call.size { use.size.failed(use.records) }
        throw channel.failure.error(
            status, call.operation, mayBeApplied: call.effect == .write)
    }

    func error(
        _ kind: StoreError.Kind, _ message: String, _ operation: String, ids: [RecordID] = []
    ) -> StoreError {
        channel.failure.error(kind, message, operation, ids: ids)
    }
}
