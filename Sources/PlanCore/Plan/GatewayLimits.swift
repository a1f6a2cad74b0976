/// What the gateway takes before it says no. Taken anew on SIGHUP.
package struct GatewayLimits: Hashable, Sendable {
    package var connections = 16_384
    /// Bytes of request bodies held at once, over all connections, and as many of answers.
    package var bytesInFlight = 512 << 20
    /// Bytes of one request body.
    package var body = 32 << 20
    /// The most neighbours one search may ask for.
    package var k = 10_000
    package var headerDeadline: Duration = .seconds(10)
    package var bodyDeadline: Duration = .seconds(30)
    /// From the end of a request to its answer; then the client gets 504.
    package var requestDeadline: Duration = .seconds(60)
    package var idle: Duration = .seconds(60)
    /// How long a stopping gateway says at `/readyz` that it is no longer ready, and still takes
    /// what comes: until a balancer has seen it.
    package var drainDelay: Duration = .zero
    /// How long a stopping gateway lets its requests finish.
    package var drain: Duration = .seconds(20)

    package init() {}
}
