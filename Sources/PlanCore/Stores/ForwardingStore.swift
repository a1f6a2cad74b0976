/// A request in a store's own API, as the application's client sent it.
package struct ForwardedRequest: Hashable, Sendable {
    package enum Scope: Hashable, Sendable {
        /// The store's own collection; `path` is what follows its name.
        case collection
        /// The server as a whole; `path` is all of it.
        case server
    }

    /// Whose API it is: `qdrant`, …
    package var kind: String
    package var method: String
    package var scope: Scope
    /// Still encoded, with the query.
    package var path: String
    package var contentType: String?
    package var body: [UInt8]

    package init(
        kind: String, method: String, scope: Scope, path: String, contentType: String? = nil,
        body: [UInt8] = []
    ) {
        self.kind = kind
        self.method = method
        self.scope = scope
        self.path = path
        self.contentType = contentType
        self.body = body
    }
}

/// A server's answer, as it came.
package struct ForwardedAnswer: Hashable, Sendable {
    package var status: Int
    package var contentType: String?
    package var body: [UInt8]

    package init(status: Int, contentType: String?, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

/// A store whose own API an application may speak: its requests need no translation.
package protocol ForwardingStore: VectorStore {
    /// The server's own word on the request, refusals included; under the plan's credential. Throws
    /// `StoreError` where there is none.
    func forward(_ request: ForwardedRequest) async throws -> ForwardedAnswer
    /// A write to the collection, applied when this returns. A refusal is an error; where the write
    /// is not atomic, one that may have come too late. How many records it changed, where the
    /// server tells.
    func apply(_ request: ForwardedRequest, isAtomic: Bool) async throws -> Int?
}
