/// A store's refusal or failure, wrapped where it happened.
package struct StoreError: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        /// Nobody answered.
        case unreachable
        /// The credential is missing or wrong, or lacks the right.
        case unauthorized
        case notFound = "not_found"
        case alreadyExists = "already_exists"
        /// The store will never take this: wrong dimension, NaN, id too long.
        case refused
        case readOnly = "read_only"
        /// Asked of a store that cannot do it.
        case unsupported
        /// The answer is none of such a store's: another server is there, or one that stands
        /// between.
        case foreign
        case timeout
        /// Too many requests, out of connections, deadlock: try again later.
        case busy
        case full
        case corrupt
        case other
    }

    /// `sqlite`, `pgvector`, …
    package var store: String
    /// What was asked: `upsert`, `scan`, …
    package var operation: String
    package var kind: Kind
    /// The store's own words, then what to do next. No secret, vector or payload.
    package var message: String
    /// True: surely not applied. False: it may have been applied, in whole or in part.
    package var isDefinite: Bool
    /// The ids it concerns, where the store says so.
    package var ids: [RecordID]
    /// How long the store asks to be left alone, where it says so.
    package var retryAfter: Duration?

    package init(
        store: String, operation: String, kind: Kind, message: String, isDefinite: Bool,
        ids: [RecordID] = []
    ) {
        self.store = store
        self.operation = operation
        self.kind = kind
        self.message = message
        self.isDefinite = isDefinite
        self.ids = ids
    }

    /// Worth trying again after a while, as it is.
    package var isTransient: Bool {
        switch kind {
        case .unreachable, .timeout, .busy: true
        default: false
        }
    }
}

extension StoreError: CustomStringConvertible {
    package var description: String { "\(store): \(operation): \(message)" }
}
