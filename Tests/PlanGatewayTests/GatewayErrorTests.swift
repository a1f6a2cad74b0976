import PlanCore
import PlanGateway
import PlanSync
import Testing

@Suite struct GatewayErrorTests {
    private static func store(_ kind: StoreError.Kind, isDefinite: Bool = true) -> StoreError {
        StoreError(
            store: "sqlite", operation: "upsert", kind: kind, message: "why",
            isDefinite: isDefinite)
    }

    struct Case: Sendable {
        var error: any Error & Sendable
        var status: Int
        var code: GatewayError.Code
        var retryAfter: Int?

        init(
            _ error: any Error & Sendable, _ status: Int, _ code: GatewayError.Code,
            _ retryAfter: Int? = nil
        ) {
            self.error = error
            self.status = status
            self.code = code
            self.retryAfter = retryAfter
        }
    }

    static let cases: [Case] = [
        Case(WriteFailure.held(retryAfter: .milliseconds(1_200)), 503, .writesHeld, 2),
        Case(WriteFailure.refused([.int(1): "too long"]), 400, .refused),
        Case(WriteFailure.failed(store(.full)), 502, .storeFailed),
        Case(WriteFailure.failed(store(.busy)), 503, .storeUnavailable, 1),
        Case(WriteFailure.unknown(store(.timeout, isDefinite: false)), 504, .outcomeUnknown),
        Case(WriteFailure.ledger("gone"), 503, .ledgerUnavailable, 1),
        Case(store(.unreachable), 503, .storeUnavailable, 1),
        Case(store(.timeout), 504, .timeout),
        Case(store(.refused), 400, .refused),
        Case(store(.unsupported), 400, .unsupported),
        Case(store(.readOnly), 502, .storeFailed),
        Case(LedgerError.unavailable("locked"), 503, .ledgerUnavailable, 1),
        Case(CancellationError(), 503, .stopping, 1),
    ]

    @Test(arguments: cases.indices)
    func `each failure has its status, and says when to come back`(_ index: Int) {
        let shape = GatewayErrorTests.cases[index]
        let error = GatewayError(shape.error)
        #expect(error.status == shape.status)
        #expect(error.code == shape.code)
        #expect(error.retryAfter == shape.retryAfter)
        #expect(!error.message.isEmpty)
    }
}
