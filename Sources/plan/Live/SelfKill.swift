import Foundation
import Glibc
import PlanCore
import PlanSync
import Synchronization

/// Ends this very process with SIGKILL at a crash point of the protocol, for tests of recovery:
/// `CROSSFADE_CRASH_AT=POINT:N,…` at the N-th time that POINT is reached, whichever comes first.
/// Without the variable nothing here is ever called.
final class SelfKill: CrashPoints {
    static let variable = "CROSSFADE_CRASH_AT"

    private let limits: [CrashPoint: Int]
    private let reached = Mutex<[CrashPoint: Int]>([:])

    private init(limits: [CrashPoint: Int]) { self.limits = limits }

    static func crashPoints(_ world: any ExternalWorld) throws -> any CrashPoints {
        guard let text = world.environment(variable), !text.isEmpty else { return NoCrashPoints() }
        var limits: [CrashPoint: Int] = [:]
        for word in text.split(separator: ",") {
            let parts = word.split(separator: ":", maxSplits: 1).map(String.init)
            guard let point = CrashPoint(rawValue: parts.first ?? ""), parts.count == 2,
                let count = Int(parts[1]), count > 0
            else {
                throw Diagnostic(
                    "'\(word)' in \(variable) is no crash point with a count",
                    hint: "unset \(variable): it is for tests alone, and kills this process")
            }
            limits[point] = count
        }
        Terminal.complain("warning: \(variable) is set: this process will kill itself")
        return SelfKill(limits: limits)
    }

    func reach(_ point: CrashPoint) async {
        guard isDue(point) else { return }
        switch point {
        case .authoritySent, .followerSent:
            // The request goes out meanwhile; how far it comes is chance.
            dieSoon(point, UInt32.random(in: 0...4_000))
        case .clientAcknowledged:
            // The answer to the client is on its way on another thread.
            try? await Task.sleep(for: .milliseconds(20))
            die(point)
        default: die(point)
        }
    }

    func reachBlocking(_ point: CrashPoint) { if isDue(point) { die(point) } }

    private func isDue(_ point: CrashPoint) -> Bool {
        guard let limit = limits[point] else { return false }
        return reached.withLock { counts in
            counts[point, default: 0] += 1
            return counts[point] == limit
        }
    }

    private func dieSoon(_ point: CrashPoint, _ microseconds: UInt32) {
        Thread.detachNewThread { [self] in
            usleep(microseconds)
            die(point)
        }
    }

    private func die(_ point: CrashPoint) -> Never {
        let line = "killed at \(point.rawValue)\n"
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        kill(getpid(), SIGKILL)
        while true { pause() }
    }
}
