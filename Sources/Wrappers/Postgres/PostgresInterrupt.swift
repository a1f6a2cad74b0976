import CPostgres
import Glibc
import Synchronization

/// Lets any thread end what a connection's own thread waits for: that thread then asks the server
/// to cancel the statement.
package final class PostgresInterrupt: Sendable {
    let descriptor: Int32
    private let raised = Atomic<Bool>(false)

    package init() {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package var isRaised: Bool { raised.load(ordering: .acquiring) }

    package func raise() {
        raised.store(true, ordering: .releasing)
        var one: UInt64 = 1
        // A counter that is full has woken its reader already.
        _ = write(descriptor, &one, 8)
    }

    package func clear() {
        raised.store(false, ordering: .releasing)
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
