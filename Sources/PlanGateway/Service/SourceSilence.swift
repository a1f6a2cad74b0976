import PlanCore
import Synchronization

/// That the source's server did not answer lately: for some seconds nobody waits for it again who
/// can do without.
final class SourceSilence: Sendable {
    private static let length = Duration.seconds(5)

    private let end = Mutex<Duration?>(nil)

    func isOn(_ now: Duration) -> Bool {
        end.withLock { end in end.map { now < $0 } ?? false }
    }

    func begin(_ now: Duration) { end.withLock { $0 = now + SourceSilence.length } }
}
