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
        if code == 200 || code == 0 { return root["data"] }
        let (kind, isDefinite, advice) = MilvusServer.judge(code)
        let said = root["message"]?.string ?? "the server answered with code \(code)"
        throw channel.failure.error(
            kind, advice.isEmpty ? said : "\(said); \(advice)", call.operation,
            isDefinite: isDefinite || call.effect == .none)
    }

    /// Milvus's own codes (`merr` in its source): kind, whether surely nothing was done, advice.
    private static func judge(_ code: Int) -> (StoreError.Kind, Bool, String) {
        switch code {
        case 100, 800: (.notFound, true, "")
        case 101: (.other, true, "load the collection on the server")
        case 1_100...1_199, 1_801, 1_802, 1_803, 1_804: (.refused, true, "")
        case 1_400...1_499, 1_800: (.unauthorized, true, "see 'api_key' and what it may do")
        case 4, 8, 103, 106, 1_807: (.busy, true, "try again")
        case 1, 2: (.busy, false, "the server is starting or stopping; try again")
        // Nodes, channels and segments on their way elsewhere.
        case 12, 202, 401, 503, 601, 602, 901...906, 1_002, 10_000:
            (.busy, false, "the server is moving its parts; try again")
        case 10_001: (.timeout, false, "look at the server's load")
        case 3, 7, 9: (.full, true, "give the server more memory or disk")
        default: (.other, false, "")
        }
    }

    func error(
        _ kind: StoreError.Kind, _ message: String, _ operation: String, ids: [RecordID] = []
    ) -> StoreError {
        channel.failure.error(kind, message, operation, ids: ids)
    }
}
