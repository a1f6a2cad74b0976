import PlanCore
import PlanSync

/// A request that is not answered as asked: status, code, message, and what to do.
struct GatewayFault: Error, Hashable, Sendable {
    var status: Int
    var code: String
    var message: String
    var hint: String?
    /// Seconds after which trying again makes sense.
    var retryAfter: Int?

    init(
        _ status: Int, _ code: String, _ message: String, hint: String? = nil,
        retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.retryAfter = retryAfter
    }

    static func badRequest(_ message: String, hint: String? = nil) -> GatewayFault {
        GatewayFault(400, "bad_request", message, hint: hint)
    }

    /// What went wrong below, as the application is told it.
    init(_ error: any Error) {
        switch error {
        case let fault as GatewayFault: self = fault
        case let failure as WriteFailure: self.init(failure)
        case let error as StoreError: self.init(error)
        case is CancellationError:
            self.init(503, "stopping", "the gateway is stopping", retryAfter: 1)
        default: self.init(500, "internal", String(describing: error))
        }
    }

    private init(_ failure: WriteFailure) {
        switch failure {
        case .held(let after):
            self.init(
                503, "writes_held", "writes are held while authority moves",
                hint: "try again", retryAfter: max(1, Int(after.seconds.rounded(.up))))
        case .refused(let reasons):
            let sorted = reasons.sorted { $0.key < $1.key }
            let shown = sorted.prefix(3).map { "'\($0.key.text.prefix(60))': \($0.value)" }
            let more = sorted.count > 3 ? " (and \(sorted.count - 3) more)" : ""
            self.init(
                400, "refused", shown.joined(separator: "; ") + more,
                hint: "both stores must be able to hold what is written while a migration runs")
        case .failed(let error): self.init(error)
        case .unknown(let error):
            self.init(
                504, "unknown_outcome",
                "the write may or may not have been applied: \(error.message)",
                hint: "read it back, or write it again")
        case .ledger(let why):
            self.init(
                503, "ledger_unavailable", why, hint: "nothing was written", retryAfter: 1)
        }
    }

    private init(_ error: StoreError) {
        switch error.kind {
        case .refused, .unsupported: self.init(400, "refused", error.message)
        case .notFound: self.init(404, "not_found", error.message)
        case .busy: self.init(503, "busy", error.description, retryAfter: 1)
        case .unreachable, .timeout:
            self.init(502, "store_unreachable", error.description, retryAfter: 1)
        default: self.init(502, "store_failed", error.description)
        }
    }
}
