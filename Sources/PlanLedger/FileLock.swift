import Glibc

/// A kernel lock on a file (`flock`): the process's death releases it, whatever the death.
final class FileLock {
    private let descriptor: Int32

    /// Opens or creates the file; takes nothing yet.
    init?(path: String) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// Waits for the lock.
    func lock() -> Bool {
        while flock(descriptor, LOCK_EX) != 0 { if errno != EINTR { return false } }
        return true
    }

    func tryLock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    func unlock() { flock(descriptor, LOCK_UN) }
}

/// Which file a path leads to: replaced files have another.
struct FileIdentity: Hashable {
    var device: UInt64
    var inode: UInt64

    init?(path: String) {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
    }
}
