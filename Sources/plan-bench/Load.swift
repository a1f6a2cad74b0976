import PlanCore

/// Callers that each make one call after the other.
enum Load {
    typealias Call = @Sendable (_ caller: Int, _ turn: Int) async throws -> Void

    /// For as long as told. What calls leave behind in the background counts too: the clock of the
    /// rate runs until `settle` returns.
    static func run(
        callers: Int, for duration: Duration,
        settle: @escaping @Sendable () async throws -> Void = {}, _ call: @escaping Call
    ) async throws -> Measured {
        let before = BenchTime.processorSeconds
        let start = ContinuousClock.now
        let end = start + duration
        let latencies = try await withThrowingTaskGroup(of: [Double].self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var latencies: [Double] = []
                    var begun = ContinuousClock.now
                    repeat {
                        try await call(caller, latencies.count)
                        let ended = ContinuousClock.now
                        latencies.append((ended - begun).milliseconds)
                        begun = ended
                    } while begun < end
                    return latencies
                }
            }
            return try await group.reduce(into: [Double]()) { $0 += $1 }
        }
        try await settle()
        let elapsed = (ContinuousClock.now - start).seconds
        return Measured(
            perSecond: Double(latencies.count) / elapsed, p50: Spread(latencies).median,
            p99: Spread(latencies).p99, calls: Double(latencies.count),
            cores: (BenchTime.processorSeconds - before) / elapsed)
    }
}
