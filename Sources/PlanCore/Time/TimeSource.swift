/// The clock of everything that acts. The real one and the simulator's virtual one conform.
package protocol TimeSource: Sendable {
    /// Monotonic, since an arbitrary origin of this process. Never compared across processes.
    var now: Duration { get }
    /// Seconds since 1970, for people to read. Never used to decide.
    var unixTime: Double { get }
    func sleep(for duration: Duration) async throws
}

extension Duration {
    package var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    package var milliseconds: Double { seconds * 1_000 }
}
