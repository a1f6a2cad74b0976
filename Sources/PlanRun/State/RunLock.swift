import Glibc

/// Who holds the run: a kernel lock on a file of its folder, which the holder's death releases.
package final class RunLock: Sendable {
    private let descriptor: Int32

    /// nil where another process has it.
    package init?(folder: String) {
        descriptor = open(folder + "/holder.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }

    package static func isHeld(folder: String) -> Bool {
        let probe = open(folder + "/holder.lock", O_RDWR | O_CLOEXEC)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        return flock(probe, LOCK_EX | LOCK_NB) != 0
    }
}
