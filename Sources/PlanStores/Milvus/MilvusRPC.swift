import Foundation
import HTTPClient
import PlanCore
import Synchronization

/// A Milvus server's gRPC API, for what its REST API is slow at: writes of many records. The two
/// share a port, unless the server's configuration says otherwise; whether it is there the first call
/// finds out.
///
/// gRPC is a POST over HTTP/2 whose body has five bytes before its message, and whose outcome stands
/// in the trailers (grpc/doc/PROTOCOL-HTTP2.md).
final class MilvusRPC: Sendable {
    private enum Presence {
        case there
        /// Something answered that is not it.
        case absent
        /// Nothing did: asked again after that.
        case unsure(until: ContinuousClock.Instant)
    }

    private static let service = "/milvus.proto.milvus.MilvusService/"
    private static let pause = Duration.seconds(60)
    private static let patience = Duration.seconds(3)

    private let channel: HTTPChannel
    private let deadline: Duration
    private let presence = Mutex<Presence?>(nil)

    init(_ configuration: MilvusStoreConfiguration) {
        let key = configuration.http.apiKey?.reveal()
        let authorization = key.map { Data($0.utf8).base64EncodedString() }
        channel = HTTPChannel(
            store: MilvusServer.store, configuration: configuration.http, version: .two,
            headers: [("te", "trailers")] + (authorization.map { [("authorization", $0)] } ?? []),
            words: { _ in "" })
        deadline = configuration.http.deadline
    }

    func close() { channel.close() }

    func isThere() async throws -> Bool {
        switch presence.withLock({ $0 }) {
        case .there: return true
        case .absent: return false
        case .unsure(let until) where .now < until: return false
        case .unsure, nil: break
        }
        let found = try await look()
        presence.withLock { $0 = found }
        if case .there = found { return true }
        return false
    }

    /// Only who says that there is no such method has none: what a proxy answers for a server that is
    /// away says nothing of it.
    private func look() async throws -> Presence {
        let unsure = Presence.unsure(until: .now + MilvusRPC.pause)
        do {
            let response = try await channel.send(
                call("connect", "GetVersion", [], .none, limit: min(deadline, MilvusRPC.patience)))
            return switch response.header("grpc-status") {
            case "0": .there
            case String(MilvusRPC.unimplemented): .absent
            default: unsure
            }
        } catch let error as StoreError {
            return error.kind == .notFound ? .absent : unsure
        }
    }

    /// What nothing else can write cannot be written now.
    ///
    /// - Parameter why: it is not used; nil: it is not there, or does not answer.
    func refusal(_ why: String?, _ operation: String) -> StoreError {
        let needs =
            "the collection has a field of JSON, which is written over gRPC alone, and that "
        if let why { return channel.failure.error(.unsupported, needs + why, operation) }
        if case .absent = presence.withLock({ $0 }) {
            return channel.failure.error(.unsupported, needs + "is not at 'url'", operation)
        }
        return channel.failure.error(.busy, needs + "does not answer; try again", operation)
    }

    /// - Parameters:
    ///   - message: an `UpsertRequest`.
    ///   - size: told how long it took.
    /// - Returns: false where the server has no such method: nothing was done.
    func upsert(
        _ message: [UInt8], _ operation: String, size: RequestSize.Use
    ) async throws -> Bool {
        let call = call(operation, "Upsert", message, .write, limit: deadline, size: size)
        let response: HTTPClientResponse
        do {
            response = try await channel.send(call)
        } catch {
            // Whoever stands there now may know only the other API.
            presence.withLock { $0 = nil }
            throw error
        }
        guard let text = response.header("grpc-status"), let status = Int(text) else {
            presence.withLock { $0 = nil }
            throw channel.failure.foreign("no gRPC", operation, mayBeApplied: true)
        }
        if status == MilvusRPC.unimplemented {
            presence.withLock { $0 = .absent }
            return false
        }
        guard status == 0 else {
            let (kind, isDefinite) = MilvusRPC.judge(status)
            if status == MilvusRPC.exhausted {
                size.size.tooLarge(size.records, bytes: message.count)
            }
            let said = response.header("grpc-message")?.removingPercentEncoding ?? ""
            throw channel.failure.error(
                kind, said.isEmpty ? "the server answered with gRPC status \(status)" : said,
                operation, isDefinite: isDefinite)
        }
        try check(response.body, operation, size)
        return true
    }

    private func call(
        _ operation: String, _ method: String, _ message: [UInt8], _ effect: HTTPChannel.Effect,
        limit: Duration, size: RequestSize.Use? = nil
    ) -> HTTPChannel.Call {
        // Not compressed; then the length, its greatest byte first.
        var body: [UInt8] = [0]
        withUnsafeBytes(of: UInt32(message.count).bigEndian) { body.append(contentsOf: $0) }
        body += message
        var call = HTTPChannel.Call(
            operation, "POST", MilvusRPC.service + method, body: body, effect, limit: limit,
            size: size)
        call.contentType = "application/grpc"
        let milliseconds = Int(limit / .milliseconds(1))
        // Eight digits, at most.
        call.headers = [("grpc-timeout", "\(max(1, min(milliseconds, 99_999_999)))m")]
        return call
    }

    /// A `MutationResult`: its `Status` says what Milvus itself thinks.
    private func check(
        _ body: [UInt8], _ operation: String, _ size: RequestSize.Use
    ) throws {
        let status: MilvusStatus
        do {
            status = try MilvusStatus(mutation: body.dropFirst(5))
        } catch {
            throw channel.failure.foreign(
                "no MutationResult", operation, mayBeApplied: true)
        }
        if status.isSuccess { return }
        if status.isTimeout { size.size.failed(size.records) }
        throw channel.failure.error(status, operation, mayBeApplied: true)
    }

    private static let unimplemented = 12
    /// Also a message larger than the server takes.
    private static let exhausted = 8

    /// gRPC's own codes: kind, and whether surely nothing was done.
    private static func judge(_ status: Int) -> (StoreError.Kind, Bool) {
        switch status {
        case 3: (.refused, true)
        case 4: (.timeout, false)
        case 7, 16: (.unauthorized, true)
        case 8, 14: (.busy, false)
        default: (.other, false)
        }
    }
}
