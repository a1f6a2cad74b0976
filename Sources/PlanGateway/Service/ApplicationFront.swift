import HTTPServer
import JSON
import PlanCore

/// Takes the application's requests: credential, route, dialect, errors in the dialect's shape,
/// counts.
struct ApplicationFront: Sendable {
    let dialect: any GatewayDialect
    let token: TokenCheck
    let metrics: RequestMetrics
    let log: GatewayLog
    let time: any TimeSource

    /// What can be said before the body is read: nobody without the token makes us hold one.
    func screen(_ request: HTTPRequest) -> HTTPResponse? {
        var operation = DialectOperation.other
        do throws(GatewayError) {
            try HostCheck.check(request, hasToken: !token.isOpen)
            operation = try dialect.operation(request)
            guard operation.isOpen || token.admits(request.headers) else {
                throw GatewayError(
                    401, .unauthorized, "the token is missing or wrong",
                    hint: "send 'Authorization: Bearer TOKEN', 'api-key: TOKEN' or "
                        + "'X-Chroma-Token: TOKEN'")
            }
            if operation.isOpen { try checkEmpty(request) }
            if token.isOpen { try checkOrigin(request) }
            try checkEncoding(request)
            return nil
        } catch {
            metrics.add(operation: operation.name, status: error.status, latency: .zero)
            return dialect.response(to: error)
        }
    }

    /// What is announced counts as under way at once.
    private func checkEmpty(_ request: HTTPRequest) throws(GatewayError) {
        let length = request.headers["content-length"]
        guard length == nil || length == "0", request.headers["transfer-encoding"] == nil else {
            throw .invalid("'\(request.path.prefix(60))' takes no body", hint: "send none")
        }
    }

    /// Whatever becomes of the request: also what is sent on as it came. Where a token is asked for, a
    /// web page does not have it.
    private func checkOrigin(_ request: HTTPRequest) throws(GatewayError) {
        guard !["GET", "HEAD", "OPTIONS"].contains(request.method) else { return }
        try RequestBody.checkType(request)
    }

    /// Bodies are read, and sent on as they came: a packed one would be neither.
    private func checkEncoding(_ request: HTTPRequest) throws(GatewayError) {
        guard let encoding = request.headers["content-encoding"],
            encoding.lowercased() != "identity"
        else { return }
        throw GatewayError(
            415, .unsupportedMediaType, "the body is encoded as '\(encoding.prefix(60))'",
            hint: "send it plain, without Content-Encoding")
    }

    /// Only for requests that `screen` let pass.
    func answer(_ request: HTTPRequest) async -> HTTPResponse {
        let begun = time.now
        var operation = DialectOperation.other
        var response: HTTPResponse
        do {
            operation = try dialect.operation(request)
            response = try await dialect.answer(request)
        } catch {
            let error = GatewayError(error)
            note(error, operation)
            response = dialect.response(to: error)
        }
        response.headers.add("X-Content-Type-Options", "nosniff")
        metrics.add(
            operation: operation.name, status: response.status, latency: time.now - begun)
        return response
    }

    private func note(_ error: GatewayError, _ operation: DialectOperation) {
        guard error.status >= 500, error.code != .writesHeld else { return }
        log.note(
            .error, "request_failed",
            [
                "operation": .string(operation.name), "status": .int(Int64(error.status)),
                "code": .string(error.code.rawValue), "message": .string(error.message),
            ])
    }
}

extension GatewayError {
    /// What the server says by itself, in the dialect's shape.
    init(refusal: HTTPRefusal) {
        let code: Code =
            switch refusal.reason {
            case .malformed, .unsupportedVersion, .notImplemented: .invalidRequest
            case .tooLarge: .tooLarge
            case .headersTooLarge: .headersTooLarge
            case .untrusted: .forbidden
            case .busy: .busy
            case .stopping: .stopping
            case .timeout: .timeout
            }
        self.init(refusal.status, code, refusal.message)
        if refusal.status == 503 { retryAfter = 1 }
    }

    /// `{"error": {"code": …, "message": …, "hint": …}}`
    var response: HTTPResponse {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("error")
            writer.object { writer in
                writer.key("code")
                writer.write(code.rawValue)
                writer.key("message")
                writer.write(message)
                writer.key("hint")
                writer.write(hint)
            }
        }
        var response = HTTPResponse(json: writer, status: status)
        if let retryAfter { response.headers.add("Retry-After", String(retryAfter)) }
        if let allow { response.headers.add("Allow", allow) }
        if status == 401 { response.headers.add("WWW-Authenticate", "Bearer") }
        return response
    }
}
