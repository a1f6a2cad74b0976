import HTTPClient
import PlanCore

extension QdrantStore: ForwardingStore {
    /// What the server says of the request itself. Not: that the plan's credential is wrong, or
    /// that it has no time.
    private static let own = Set(400..<500).subtracting([401, 403, 408, 429])

    package func forward(_ request: ForwardedRequest) async throws -> ForwardedAnswer {
        // Reads of a collection are posted; what is put or deleted there is none.
        let reads = request.scope == .collection ? ["GET", "HEAD", "POST"] : ["GET", "HEAD"]
        let isRead = reads.contains(request.method)
        var call = HTTPChannel.Call(
            "forward", request.method, path(request), body: request.body, isRead ? .none : .write)
        call.contentType = request.contentType
        let response = try await api.channel.send(call, expected: QdrantStore.own)
        return ForwardedAnswer(
            status: response.status, contentType: response.header("content-type"),
            body: response.body)
    }

    package func apply(_ request: ForwardedRequest, isAtomic: Bool) async throws -> Int? {
        try await run("update") { shape in
            var call = HTTPChannel.Call(
                "update", request.method,
                self.path(request, strippingQuery: true) + "?" + self.applied(shape),
                body: request.body, .write)
            call.contentType = request.contentType
            try await self.api.change(call, isAtomic: isAtomic)
            return nil
        }
    }

    private func path(_ request: ForwardedRequest, strippingQuery: Bool = false) -> String {
        let text = request.scope == .collection ? api.collection + request.path : request.path
        return strippingQuery ? String(text.prefix { $0 != "?" }) : text
    }
}
