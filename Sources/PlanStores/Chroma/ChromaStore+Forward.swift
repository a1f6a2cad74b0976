import HTTPClient
import JSON
import PlanCore
import Synchronization

extension ChromaStore: ForwardingStore {
    /// What the server says of the request itself. Not: that the plan's credential is wrong, or
    /// that it has no time.
    private static let own = Set(400..<500).subtracting([401, 403, 408, 429]).union([501])

    package func forward(_ request: ForwardedRequest) async throws -> ForwardedAnswer {
        guard request.scope == .collection else {
            let isRead = ["GET", "HEAD"].contains(request.method)
            return try await answer(request, request.path, isRead ? .none : .write)
        }
        let known = try await shape("forward")
        let answer = try await read(request, known)
        guard answer.status == 404 else { return answer }
        // The name may stand for another collection by now.
        forgetShape()
        guard let found = try? await shape("forward"), found.id != known.id else { return answer }
        return try await read(request, found)
    }

    /// The server's answer; where it brings back the vector of a record that this process was
    /// writing meanwhile, the answer of a second time, between this process's writes.
    private func read(
        _ request: ForwardedRequest, _ shape: ChromaShape
    ) async throws -> ForwardedAnswer {
        let read: @Sendable (Duration) async throws -> ForwardedAnswer = { limit in
            try await self.whole("forward", within: limit) {
                let path = self.server.collection(shape.id) + request.path
                return try await self.answer(request, path, .none, within: $0)
            }
        }
        let (answer, writes) = try await writer.watch.reading {
            try await read(configuration.http.deadline)
        }
        guard !writes.isEmpty, !writes.among(vectors(of: answer, shape)).isEmpty else {
            return answer
        }
        return try await inTurn(read)
    }

    /// The ids of the records whose vectors are in an answer to `get` or `query`.
    private func vectors(of answer: ForwardedAnswer, _ shape: ChromaShape) -> Set<RecordID> {
        guard answer.status == 200, let root = try? JSONDocument.parse(answer.body).root,
            root["embeddings"]?.items.isEmpty == false
        else { return [] }
        let ids = (root["ids"]?.items ?? []).flatMap {
            $0.string.map { [$0] } ?? $0.strings
        }
        return Set(ids.map(shape.recordID))
    }

    private func answer(
        _ request: ForwardedRequest, _ path: String, _ effect: HTTPChannel.Effect,
        within limit: Duration? = nil
    ) async throws -> ForwardedAnswer {
        var call = HTTPChannel.Call(
            "forward", request.method, path, body: request.body, effect, limit: limit)
        call.contentType = request.contentType
        let response = try await server.channel.send(call, expected: ChromaStore.own)
        return ForwardedAnswer(
            status: response.status, contentType: response.header("content-type"),
            body: response.body)
    }

    /// In turn with this process's other writes. The server looks at a whole request before it
    /// does any of it, so that a refusal is definite.
    package func apply(_ request: ForwardedRequest, isAtomic: Bool) async throws -> Int? {
        try await run("update") { shape in
            let path = self.server.collection(shape.id) + request.path
            let changed = Changed()
            _ = try await self.writer.write(
                ChromaWriter.Job(kind: .forwarded, items: []) { limit in
                    var call = HTTPChannel.Call(
                        "update", request.method, path, body: request.body, .write, limit: limit)
                    call.contentType = request.contentType
                    let answer = try await self.server.channel.send(call)
                    changed.set((try? JSONDocument.parse(answer.body))?.root["deleted"]?.int)
                })
            return changed.count
        }
    }

    private final class Changed: Sendable {
        private let told = Mutex<Int?>(nil)
        var count: Int? { told.withLock { $0 } }
        func set(_ count: Int?) { told.withLock { $0 = count } }
    }
}
