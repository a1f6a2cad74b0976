import PlanCore

/// Why a write of the application did not succeed, as far as is known.
package enum WriteFailure: Error, Hashable, Sendable {
    /// Authority is moving and took longer than a write may wait: nothing was written.
    case held(retryAfter: Duration)
    /// One of the two stores cannot hold this: nothing was written.
    case refused([RecordID: String])
    /// The authority surely did not apply it.
    case failed(StoreError)
    /// The authority may or may not have applied it. A repair will make both sides equal.
    case unknown(StoreError)
    /// Without the ledger no write is safe: nothing was written.
    case ledger(String)
}
