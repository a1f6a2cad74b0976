/// What a server takes. May be changed while it runs; `connections` and `headers` then only
/// within what it was started with.
package struct HTTPServerLimits: Hashable, Sendable {
    /// Open connections; one that comes past them is told to come back, the others go on.
    package var connections = 16_384
    /// Bytes of request bodies held at once, over all connections; past them a request is told to
    /// come back. As many again of answers that their clients have not taken yet; past them one
    /// that is larger than `smallAnswer` is not given.
    package var bytesInFlight = 512 << 20
    /// Bytes of an answer that is always given.
    package static let smallAnswer = 256 << 10
    /// Bytes of one body.
    package var body = 32 << 20
    /// Bytes of one request's header fields.
    package var headers = 32 << 10
    /// From a request's first line to the end of its header block.
    package var headerDeadline: Duration = .seconds(10)
    /// For the body, and for the client to take the answer; a second is added for every
    /// `minimumRate` bytes.
    package var bodyDeadline: Duration = .seconds(30)
    package var minimumRate = 64 << 10
    /// For the handler; then its task is cancelled and the client gets 504.
    package var requestDeadline: Duration = .seconds(60)
    /// A connection without a request.
    package var idle: Duration = .seconds(60)
    package var retryAfter: Duration = .seconds(1)

    package init() {}
}
