import Glibc
import Synchronization

/// Ctrl-C and SIGTERM, as a flag that is looked at. A second Ctrl-C ends the process at once: what
/// it leaves is what a crash leaves, and resumes as such.
enum Signals {
    private static let count = Atomic<Int>(0)
    private static let hangups = Atomic<Int>(0)

    static var isInterrupted: Bool { count.load(ordering: .relaxed) > 0 }
    static var hangupCount: Int { hangups.load(ordering: .relaxed) }

    static func watch() {
        let handler: @convention(c) (Int32) -> Void = { _ in
            if count.wrappingAdd(1, ordering: .relaxed).newValue > 1 { _exit(130) }
        }
        signal(SIGINT, handler)
        signal(SIGTERM, handler)
        signal(SIGHUP) { _ in hangups.wrappingAdd(1, ordering: .relaxed) }
    }

    /// Returns when a person or the system asked this process to end.
    static func interruption() async throws {
        while !isInterrupted { try await Task.sleep(for: .milliseconds(50)) }
    }
}
