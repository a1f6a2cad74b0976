import PlanCore

extension Error {
    /// Worth trying again after a while, as it is: a store or the ledger that does not answer now.
    package var passes: Bool {
        switch self as any Error {
        case let error as StoreError: error.isTransient
        case LedgerError.unavailable, LedgerError.unknownCommit: true
        default: false
        }
    }
}
