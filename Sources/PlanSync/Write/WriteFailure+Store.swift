import PlanCore

/// What a store's answer, or the lack of one, means to the application.
extension WriteFailure {
    /// - Parameter keys: what was written, where the store does not say which of them it refuses.
    static func of(_ error: StoreError, keys: [RecordID]) -> WriteFailure {
        guard error.isDefinite else { return .unknown(error) }
        guard error.kind == .refused else { return .failed(error) }
        let ids = error.ids.isEmpty ? keys : error.ids
        return .refused(
            Dictionary(ids.map { ($0, error.message) }, uniquingKeysWith: { first, _ in first }))
    }

    /// The store answered, and by then the grounds for having asked were gone.
    static func slept(_ store: any VectorStore, _ operation: StoreOperation) -> WriteFailure {
        unknown(store, operation, "this gateway slept for too long to say")
    }

    /// Given up without an answer, by this process itself.
    static func abandoned(_ store: any VectorStore, _ operation: StoreOperation) -> WriteFailure {
        unknown(store, operation, "the request was abandoned")
    }

    private static func unknown(
        _ store: any VectorStore, _ operation: StoreOperation, _ why: String
    ) -> WriteFailure {
        .unknown(
            StoreError(
                store: store.kind, operation: operation.rawValue, kind: .timeout, message: why,
                isDefinite: false))
    }
}
