import Glibc
import PlanCore

/// The machine's clocks.
struct RealTime: TimeSource {
    private func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }

    var now: Duration {
        let time = read(CLOCK_MONOTONIC)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    var unixTime: Double {
        let time = read(CLOCK_REALTIME)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

/// The system's random bits.
struct RealEntropy: Entropy {
    func next() -> UInt64 { UInt64.random(in: .min ... .max) }
}
