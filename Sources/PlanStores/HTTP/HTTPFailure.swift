import HTTPClient
import PlanCore

/// What went wrong between us and a store's HTTP server, as a store's error.
struct HTTPFailure: Sendable {
    /// `qdrant`, `chroma`, …
    let store: String

    /// No whole answer came.
    ///
    /// - Parameter mayBeApplied: whether the request would have changed something.
    func error(
        _ error: HTTPClientError, _ operation: String, mayBeApplied: Bool
    ) -> StoreError {
        let (kind, advice): (StoreError.Kind, String) =
            switch error.kind {
            case .unreachable:
                (.unreachable, "see that the server runs and that its address is right")
            case .disconnected: (.unreachable, "the connection ended before the answer did")
            case .timeout: (.timeout, "look at the server's load, or give a longer 'deadline'")
            case .tls: (.unauthorized, "see the server's certificate and who signed it")
            case .garbled: (.foreign, "see 'url', and what stands between")
            case .tooLarge: (.other, "ask for smaller batches")
            case .invalid: (.refused, "see 'url' and 'api_key'")
            case .cancelled, .other: (.other, "")
            }
        let message = advice.isEmpty ? error.message : "\(error.message); \(advice)"
        return StoreError(
            store: store, operation: operation, kind: kind, message: message,
            isDefinite: !mayBeApplied || error.isDefinite)
    }

    /// The server answered with a status that is no success.
    ///
    /// - Parameter said: the store's own words, already taken out of the answer's body.
    func error(
        status response: HTTPClientResponse, said: String, _ operation: String,
        mayBeApplied: Bool
    ) -> StoreError {
        let status = response.status
        let kind = HTTPFailure.kind(status)
        var message = said.isEmpty ? "the server answered with status \(status)" : said
        let advice = HTTPFailure.advice(status)
        if !advice.isEmpty { message += "; \(advice)" }
        var error = StoreError(
            store: store, operation: operation, kind: kind, message: message,
            isDefinite: !mayBeApplied || HTTPFailure.isRefusal(status))
        error.retryAfter = HTTPFailure.retryAfter(response)
        return error
    }

    func error(
        _ kind: StoreError.Kind, _ message: String, _ operation: String, ids: [RecordID] = [],
        isDefinite: Bool = true
    ) -> StoreError {
        StoreError(
            store: store, operation: operation, kind: kind, message: message,
            isDefinite: isDefinite, ids: ids)
    }

    /// An answer that this kind of store does not give. The request may have been obeyed by
    /// whatever stands there.
    func foreign(_ what: String, _ operation: String, mayBeApplied: Bool) -> StoreError {
        error(
            .foreign, "the answer is not one of \(store)'s: \(what); see 'url'", operation,
            isDefinite: !mayBeApplied)
    }

    static func kind(_ status: Int) -> StoreError.Kind {
        switch status {
        case 401, 403: .unauthorized
        case 404, 410: .notFound
        case 408, 504: .timeout
        case 409: .alreadyExists
        case 429, 502, 503: .busy
        case 507: .full
        case 400..<500: .refused
        default: .other
        }
    }

    /// Whether such a status says that nothing was done.
    static func isRefusal(_ status: Int) -> Bool {
        (300..<500).contains(status) && status != 408
    }

    private static func advice(_ status: Int) -> String {
        switch status {
        case 300..<400: "the server points elsewhere: give the address it means as 'url'"
        case 401, 403: "see 'api_key' and what it may do"
        case 413: "give a smaller 'batch_size'"
        default: ""
        }
    }

    /// `Retry-After` in whole seconds. A date there is left alone: clocks differ.
    static func retryAfter(_ response: HTTPClientResponse) -> Duration? {
        guard let text = response.header("retry-after"), let seconds = Int(text), seconds >= 0
        else { return nil }
        return .seconds(min(seconds, 3_600))
    }
}
