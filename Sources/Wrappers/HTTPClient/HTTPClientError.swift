/// Why there is no whole answer.
package struct HTTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        /// The name does not resolve, or nobody listens there.
        case unreachable
        case timeout
        /// The connection ended before the answer did.
        case disconnected
        /// No trust between the two ends.
        case tls
        /// More came than was allowed.
        case tooLarge = "too_large"
        /// What came is no answer in HTTP.
        case garbled
        case cancelled
        /// The request itself is not one that can be sent.
        case invalid
        case other
    }

    package var kind: Kind
    /// libcurl's words. Without header values or bodies.
    package var message: String
    /// True: surely no server acted on it, for none of it was sent. False: one may have.
    package var isDefinite: Bool

    package init(kind: Kind, message: String, isDefinite: Bool) {
        self.kind = kind
        self.message = message
        self.isDefinite = isDefinite
    }

    package var description: String { message }
}
