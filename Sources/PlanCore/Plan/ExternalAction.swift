/// Something outside that a plan may call on.
package enum ExternalAction: Hashable, Sendable {
    /// An argument list; no shell reads it. At least one element.
    case command([String])
    case http(HTTPCall)
}

/// A call of a URL; a 2xx answer is success.
package struct HTTPCall: Hashable, Sendable {
    /// `GET`, `POST`, `PUT`, `DELETE` or `HEAD`.
    package var method: String
    package var url: ValueReference

    package init(method: String, url: ValueReference) {
        self.method = method
        self.url = url
    }
}
