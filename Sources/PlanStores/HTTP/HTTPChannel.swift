import HTTPClient
import JSON
import PlanCore

/// Requests to one store's HTTP server: where it is, who we are, when to ask again.
///
/// A request that the server turned away unheard (429, and 503 for a read) is sent again within
/// its deadline, after what `Retry-After` asks. Nothing else is: the callers know what may be.
final class HTTPChannel: Sendable {
    enum Effect: Sendable {
        case none
        /// An error may leave it applied.
        case write
    }

    struct Call: Sendable {
        /// For people: `upsert`, `scan`, …
        var operation: String
        var method = "POST"
        /// Begins with `/`; each part already escaped by `percentEscaped`.
        var path: String
        var body: [UInt8] = []
        var effect = Effect.none
        /// Of the body, where it is not JSON.
        var contentType: String?
        /// nil: the configuration's deadline.
        var limit: Duration?
        /// Told how long it took, and how large it or its answer was.
        var size: RequestSize.Use?
        /// Besides those of every call.
        var headers: [(name: String, value: String)] = []

        init(
            _ operation: String, _ method: String, _ path: String, body: [UInt8] = [],
            _ effect: Effect = .none, limit: Duration? = nil, size: RequestSize.Use? = nil
        ) {
            self.operation = operation
            self.method = method
            self.path = path
            self.body = body
            self.effect = effect
            self.limit = limit
            self.size = size
        }
    }

    let failure: HTTPFailure
    private let client: HTTPClient
    private let base: String
    private let deadline: Duration
    private let headers: [(name: String, value: String)]
    /// The store's own words in the body of an answer that is no success.
    private let words: @Sendable (HTTPClientResponse) -> String

    init(
        store: String, configuration: HTTPStoreConfiguration,
        version: HTTPClientConfiguration.Version = .one,
        headers: [(name: String, value: String)] = [],
        words: @escaping @Sendable (HTTPClientResponse) -> String
    ) {
        failure = HTTPFailure(store: store)
        var settings = configuration.client
        settings.version = version
        client = HTTPClient(configuration: settings)
        var base = configuration.url.reveal()
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        deadline = configuration.deadline
        self.headers = headers
        self.words = words
    }

    func close() { client.close() }

    /// The answer, whose status is a success or one of `expected`; else a `StoreError`.
    func send(_ call: Call, expected: Set<Int> = []) async throws -> HTTPClientResponse {
        let clock = ContinuousClock()
        let end = clock.now + (call.limit ?? deadline)
        var pause = Duration.milliseconds(100)
        while true {
            let response = try await once(call, within: end - clock.now)
            if (200..<300).contains(response.status) || expected.contains(response.status) {
                return response
            }
            let isUnheard =
                response.status == 429 || (response.status == 503 && call.effect == .none)
            let wait = HTTPFailure.retryAfter(response) ?? pause
            guard isUnheard, clock.now + wait < end else {
                throw failure.error(
                    status: response, said: words(response), call.operation,
                    mayBeApplied: call.effect == .write)
            }
            try await Task.sleep(for: wait)
            pause *= 2
        }
    }

    private func once(_ call: Call, within limit: Duration) async throws -> HTTPClientResponse {
        guard call.path.isEmpty || call.path.hasPrefix("/") || call.path.hasPrefix("?") else {
            // It would name another server, and our credential would go there.
            throw failure.error(
                .refused, "'\(call.path.prefix(60))' is no path", call.operation)
        }
        var request = HTTPClientRequest(call.method, base + call.path)
        request.headers = headers + call.headers
        if !call.body.isEmpty {
            request.headers.append(("Content-Type", call.contentType ?? "application/json"))
        }
        request.body = call.body
        request.deadline = limit
        request.isRepeatable = call.effect == .none
        let start = ContinuousClock.now
        do {
            let response = try await client.send(request)
            if let use = call.size, (200..<300).contains(response.status) {
                use.size.saw(
                    use.records, bytes: max(call.body.count, response.body.count),
                    took: .now - start)
            } else if let use = call.size, response.status == 413 {
                use.size.tooLarge(use.records, bytes: call.body.count)
            }
            return response
        } catch {
            if let use = call.size, error.kind == .timeout || error.kind == .tooLarge {
                use.size.failed(use.records)
            }
            if error.kind == .cancelled, Task.isCancelled { throw CancellationError() }
            throw failure.error(error, call.operation, mayBeApplied: call.effect == .write)
        }
    }

    /// The answer's JSON.
    func document(_ response: HTTPClientResponse, _ call: Call) throws -> JSONDocument {
        do {
            return try JSONDocument.parse(response.body)
        } catch {
            throw failure.foreign(
                "no JSON (\(error.message))", call.operation, mayBeApplied: call.effect == .write)
        }
    }
}
