import PlanCore

/// A store whose writes of many records go in as many requests as its server's answers advise.
protocol SizedStore: VectorStore {
    /// Replaces whole records.
    /// - Parameter most: how many one request carries, asked before each.
    func put(_ records: [Record], atMost most: @Sendable (RequestSize) -> Int) async throws
}

extension SizedStore {
    /// An application's write, and a repair's.
    package func upsert(_ records: [Record]) async throws {
        try await put(records) { $0.whole }
    }

    package func load(_ records: [Record]) async throws {
        try await put(records) { $0.records }
    }
}
