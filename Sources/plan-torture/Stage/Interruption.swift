import Foundation
import Synchronization

private let interrupted = Atomic<Bool>(false)

private func note(_ number: Int32) { interrupted.store(true, ordering: .relaxed) }

/// Ctrl-C ends everything that was started.
enum Interruption {
    static func watch() {
        signal(SIGINT, note)
        signal(SIGTERM, note)
        Thread.detachNewThread(wait)
    }

    @Sendable private static func wait() {
        while !interrupted.load(ordering: .relaxed) { usleep(50_000) }
        Child.endAll()
        // What was being started at that moment.
        usleep(200_000)
        Child.endAll()
        exit(130)
    }
}
