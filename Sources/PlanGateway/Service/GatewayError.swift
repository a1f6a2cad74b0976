import PlanCore
import PlanSync

/// What an application is told where its request was not carried out.
package struct GatewayError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        case invalidJSON = "invalid_json"
        case invalidRequest = "invalid_request"
        case refused
        case unsupported
        case unauthorized
        case forbidden
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case tooLarge = "too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case headersTooLarge = "headers_too_large"
        case storeFailed = "store_failed"
        case storeUnavailable = "store_unavailable"
        case writesHeld = "writes_held"
        case ledgerUnavailable = "ledger_unavailable"
        case outcomeUnknown = "outcome_unknown"
        case timeout
        case busy
        case stopping
        case internalError = "internal_error"
    }

    package var status: Int
    package var code: Code
    package var message: String
    package var hint: String
    /// Seconds.
    package var retryAfter: Int?
    /// Methods that the path does take.
    package var allow: String?

    package init(
        _ status: Int, _ code: Code, _ message: String, hint: String = "", retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.retryAfter = retryAfter
    }

    static func invalid(_ message: String, hint: String = "") -> GatewayError {
        GatewayError(400, .invalidRequest, message, hint: hint)
    }

    /// Of a dialect, what the stores behind cannot both do.
    static func untranslatable(_ construct: String) -> GatewayError {
        GatewayError(
            400, .unsupported, "'\(construct)' cannot be translated for these two stores",
            hint: "leave it out while the gateway stands between")
    }

    static func unknownWrite(_ method: String, _ rest: [String]) -> GatewayError {
        let path = ([""] + rest).joined(separator: "/")
        return GatewayError(
            400, .refused,
            "'\(method) \(path.prefix(100))' could change the collection that moves unseen; "
                + "the gateway does not let it through")
    }
}

extension GatewayError {
    /// What the data plane threw, as the application is told.
    package init(_ error: any Error) {
        switch error {
        case let error as GatewayError: self = error
        case let failure as WriteFailure: self.init(failure)
        case let error as StoreError: self.init(store: error)
        case let error as LedgerError:
            self.init(
                503, .ledgerUnavailable, error.description, hint: "try again in a moment",
                retryAfter: 1)
        case is CancellationError:
            self.init(
                503, .stopping, "the request was given up", hint: "send it again", retryAfter: 1)
        default:
            self.init(500, .internalError, "the gateway failed: \(type(of: error))")
        }
    }

    private init(_ failure: WriteFailure) {
        switch failure {
        case .held(let delay):
            self.init(
                503, .writesHeld, "writes are held while authority moves; nothing was written",
                hint: "send it again", retryAfter: max(1, Int(delay.seconds.rounded(.up))))
        case .refused(let reasons):
            let sorted = reasons.sorted { $0.key < $1.key }
            let shown = sorted.prefix(3).map { "'\($0.key.text.prefix(60))': \($0.value)" }
            let more = sorted.count > 3 ? "; and \(sorted.count - 3) more" : ""
            self.init(
                400, .refused, shown.joined(separator: "; ") + more,
                hint: "nothing was written; leave these records out or mend them")
        case .failed(let error): self.init(store: error)
        case .unknown(let error):
            self.init(
                504, .outcomeUnknown, "the write may or may not have been applied: \(error)",
                hint: "send it again: the same write twice does no harm")
        case .ledger(let why):
            self.init(
                503, .ledgerUnavailable, "no write is safe without the ledger: \(why)",
                hint: "nothing was written; try again in a moment", retryAfter: 1)
        }
    }

    private init(store error: StoreError) {
        let message = error.description
        switch error.kind {
        case .refused: self.init(400, .refused, message, hint: "mend the request")
        case .unsupported:
            self.init(
                400, .unsupported, message, hint: "ask in a way that both stores can answer")
        case .unreachable, .busy:
            self.init(
                503, .storeUnavailable, message, hint: "try again in a moment", retryAfter: 1)
        case .timeout: self.init(504, .timeout, message, hint: "try again in a moment")
        case .notFound:
            self.init(502, .storeFailed, message, hint: "check the plan's collection")
        case .unauthorized, .alreadyExists, .readOnly, .full, .corrupt, .foreign, .other:
            self.init(502, .storeFailed, message)
        }
    }
}
