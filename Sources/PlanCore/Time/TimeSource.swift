/// The clock of everything that acts. The real one and the simulator's virtual one conform.
package protocol TimeSource: Sendable {
    /// Monotonic, since an arbitrary origin of this process. Never compared across processes.
    var now: Duration { get }
    /// Seconds since 1970, for people to read. Never used to decide.
    var unixTime: Double { get }
    func sleep(for duration: Duration) async throws
}

extension TimeSource {
    /// What the work answers or throws, if that comes within the limit; else what `late` does. Late
    /// work is cancelled, and waited for: none is left behind.
    package func answer<Value: Sendable>(
        within limit: Duration, of work: @escaping @Sendable () async throws -> Value,
        late: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask(operation: work)
            group.addTask {
                try await sleep(for: limit)
                return try late()
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { return try late() }
            return first
        }
    }
}

extension Duration {
    package var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    package var milliseconds: Double { seconds * 1_000 }
}
