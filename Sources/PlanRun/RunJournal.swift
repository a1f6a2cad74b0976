import PlanCore

/// The run's record in memory, and the one way to change it: what is changed is on disk before the
/// call returns.
package actor RunJournal {
    package private(set) var record: RunRecord
    private let store: any RunStore
    private let time: any TimeSource

    package init(record: RunRecord, store: any RunStore, time: any TimeSource) {
        self.record = record
        self.store = store
        self.time = time
    }

    private var isSaving = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Changes follow one another, each on what the one before has saved: a step, its guards and
    /// people's requests come at the same moments.
    @discardableResult
    package func update(
        _ change: @Sendable (inout RunRecord) throws -> Void
    ) async throws -> RunRecord {
        await awaitTurn()
        defer { passTurn() }
        var next = record
        try change(&next)
        next.serial += 1
        try await store.save(next)
        record = next
        return next
    }

    private func awaitTurn() async {
        guard isSaving else {
            isSaving = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func passTurn() {
        if waiting.isEmpty {
            isSaving = false
        } else {
            waiting.removeFirst().resume()
        }
    }

    /// Notes what people would ask for afterwards. A history that cannot be written stops nothing.
    package func note(_ event: String, _ fields: JSONObject = [:]) async {
        var line = fields
        line["event"] = .string(event)
        line["time"] = .double(time.unixTime)
        try? await store.append(event: line)
    }
}
