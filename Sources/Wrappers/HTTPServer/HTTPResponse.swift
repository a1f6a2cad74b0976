/// An answer. `Content-Length`, `Date` and `Connection` are the server's.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers = HTTPHeaders()
    package var body: [UInt8]

    package init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(status: Int = 200, text: String, type: String = "text/plain; charset=utf-8") {
        self.init(status: status, body: Array(text.utf8))
        headers.add("Content-Type", type)
    }
}

/// A request that the server itself does not take.
package struct HTTPRefusal: Hashable, Sendable {
    package enum Reason: String, Hashable, Sendable {
        case malformed, tooLarge = "too_large", headersTooLarge = "headers_too_large"
        case unsupportedVersion = "unsupported_version", notImplemented = "not_implemented"
        case untrusted, busy, timeout, stopping
    }

    package var reason: Reason
    package var message: String

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package var status: Int {
        switch reason {
        case .malformed: 400
        case .untrusted: 403
        case .tooLarge: 413
        case .headersTooLarge: 431
        case .notImplemented: 501
        case .busy, .stopping: 503
        case .timeout: 504
        case .unsupportedVersion: 505
        }
    }
}
