import Glibc
import Synchronization

private let interrupts = Atomic<Int>(0)
private let hangups = Atomic<Int>(0)

private func noteInterrupt(_ number: Int32) {
    if interrupts.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
}

private func noteHangup(_ number: Int32) { hangups.add(1, ordering: .relaxed) }

/// Ctrl-C and SIGTERM, as a flag that is looked at. A second Ctrl-C ends the process at once: what
/// it leaves is what a crash leaves, and resumes as such.
enum Signals {
    static var isInterrupted: Bool { interrupts.load(ordering: .relaxed) > 0 }
    static var hangupCount: Int { hangups.load(ordering: .relaxed) }

    static func watch() {
        signal(SIGINT, noteInterrupt)
        signal(SIGTERM, noteInterrupt)
        signal(SIGHUP, noteHangup)
    }

    /// Returns when a person or the system asked this process to end.
    static func interruption() async throws {
        while !isInterrupted { try await Task.sleep(for: .milliseconds(50)) }
    }
}
