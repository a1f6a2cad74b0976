/// One request. Its headers may not break lines; `Content-Length` and `Host` are added.
package struct HTTPClientRequest: Sendable {
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8] = []
    /// From the call to the last byte of the answer, waiting for a connection included.
    package var deadline: Duration = .seconds(10)
    /// Bytes of the answer's body, at most; nil: the client's own limit.
    package var responseLimit: Int?
    /// Whether it may be sent a second time when a kept connection turns out to be closed. Where
    /// it may not, that is an error that is not definite.
    package var isRepeatable: Bool

    package init(_ method: String, _ url: String) {
        self.method = method
        self.url = url
        isRepeatable = method == "GET" || method == "HEAD"
    }

    func check() throws(HTTPClientError) {
        let texts = [method, url] + headers.flatMap { [$0.name, $0.value] }
        for text in texts where text.utf8.contains(where: { $0 < 0x20 && $0 != 9 || $0 == 0x7f }) {
            throw HTTPClientError(
                kind: .invalid, message: "the request holds a control character", isDefinite: true)
        }
        if method.isEmpty || method.utf8.contains(0x20) {
            throw HTTPClientError(
                kind: .invalid, message: "'\(method)' is no method", isDefinite: true)
        }
    }
}

package struct HTTPClientResponse: Sendable {
    package var status: Int
    /// Names in lower case, in the order in which they came.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first of that name, in any case.
    package func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name == name }?.value
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
}
