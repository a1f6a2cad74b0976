import Glibc
import PlanCore

/// The machine's clocks.
struct BenchTime: TimeSource {
    private let origin = ContinuousClock.now

    var now: Duration { origin.duration(to: .now) }

    var unixTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }

    /// Processor time that this process has used so far, all its threads, in seconds.
    static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
